// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Placement;
import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.RedirectRule;
import io.cdnrefresh.model.Target;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fields of a submission that only a preload has, but for its headers. Stateless. */
final class PreloadFields {
    static final List<String> FIELDS =
            List.of("variants", "ranges", "depth", "followHosts", "redirects", "placement", "rate");

    private static final Pattern RATE = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB)?");
    private static final String ALLOWED_RATE = "bytes a second, such as \"50MiB\"";

    private PreloadFields() {}

    /** Reads one of the fields. */
    static PreloadOptions read(BodyReader body, String name, PreloadOptions options) {
        return switch (name) {
            case "variants" -> options.withVariants(body.strings(name, PreloadOptions.MAX_LIST, HeaderLine::require));
            case "ranges" ->
                options.withRanges(body.strings(name, PreloadOptions.MAX_LIST, PreloadOptions::requireRange));
            case "followHosts" ->
                options.withHosts(body.strings(
                        name,
                        PreloadOptions.MAX_LIST,
                        text -> Target.tag(text, "x").host()));
            case "depth" -> or(body, name, PreloadFields::depth, options, options::withDepth);
            case "redirects" -> or(body, name, text -> RedirectRule.parse(name, text), options, options::withRedirects);
            case "placement" -> or(body, name, text -> Placement.parse(name, text), options, options::withPlacement);
            case "rate" -> or(body, name, PreloadFields::rate, options, options::withRate);
            default -> throw new AssertionError("field " + name);
        };
    }

    private static <T> PreloadOptions or(
            BodyReader body,
            String name,
            Function<String, T> parser,
            PreloadOptions options,
            Function<T, PreloadOptions> change) {
        T value = body.scalar(name, parser);
        return value == null ? options : change.apply(value);
    }

    private static int depth(String text) {
        if (!text.matches("[0-9]") || Integer.parseInt(text) > PreloadOptions.MAX_DEPTH) {
            throw new IllegalArgumentException("depth (expected: 0 to " + PreloadOptions.MAX_DEPTH + ")");
        }
        return Integer.parseInt(text);
    }

    /** Bytes a second: a number with or without a unit. */
    static long rate(String text) {
        Matcher parts = RATE.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("rate (expected: " + ALLOWED_RATE + ")");
        }
        String unit = String.valueOf(parts.group(2)).toLowerCase(Locale.ROOT);
        int shift = switch (unit) {
            case "kib" -> 10;
            case "mib" -> 20;
            case "gib" -> 30;
            default -> 0;
        };
        long rate = Long.parseLong(parts.group(1)) << shift;
        if (rate > 1L << 50) {
            throw new IllegalArgumentException("rate (expected: " + ALLOWED_RATE + ")");
        }
        return rate;
    }

    /** Shows what differs from the defaults. */
    static void write(JsonWriter json, PreloadOptions options) {
        strings(json, "variants", options.variants());
        strings(json, "ranges", options.ranges());
        if (options.depth() > 0) {
            json.field("depth").value(options.depth());
        }
        strings(json, "followHosts", options.hosts());
        if (options.redirects() != RedirectRule.REJECT) {
            json.field("redirects").value(options.redirects().wireName());
        }
        if (options.placement() != Placement.POD) {
            json.field("placement").value(options.placement().wireName());
        }
        if (options.rate() > 0) {
            json.field("rate").value(options.rate() + "B");
        }
    }

    private static void strings(JsonWriter json, String name, List<String> values) {
        if (!values.isEmpty()) {
            json.field(name).beginArray();
            values.forEach(json::value);
            json.endArray();
        }
    }
}
