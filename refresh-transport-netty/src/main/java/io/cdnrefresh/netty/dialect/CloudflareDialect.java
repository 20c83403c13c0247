// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.cache.SafePattern;
import io.cdnrefresh.netty.dialect.Exchange.Accepted;
import io.cdnrefresh.netty.dialect.Zones.Zone;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Cloudflare's {@code purge_cache} and {@code invalidate_cache}, with or without {@code /client/v4} before them. The zone's
 * hosts are those of the configuration; a URL or host outside them is refused as it would be there.
 */
final class CloudflareDialect implements Dialect {
    private static final Pattern PATH = Pattern.compile(
            "(?:/client/v4)?/zones/([^/]{1,128})(?:/environments/[^/]{1,128})?/(purge_cache|invalidate_cache)");
    private static final Set<String> KINDS = Set.of("files", "tags", "hosts", "prefixes");
    private static final String ONE_OF =
            "Request must contain one of \"purge_everything\", \"files\", \"tags\", \"hosts\" or \"prefixes\"";
    private static final int MAX_TAG = 1_024;

    private final Zones zones;
    private final RetryKeys keys;

    CloudflareDialect(Zones zones, RetryKeys keys) {
        this.zones = zones;
        this.keys = keys;
    }

    @Override
    public boolean speaks(ApiRequest request) {
        String path = request.path();
        return path.startsWith("/client/v4/") || path.startsWith("/zones/");
    }

    @Override
    public void onRequest(Exchange exchange) {
        ApiRequest request = exchange.request();
        Matcher path = PATH.matcher(request.path());
        if (!path.matches()) {
            throw new Refusal(404, "not-found", "Could not route to " + request.path() + ", no such method");
        }
        if (!request.method().equals("POST") && !request.method().equals("DELETE")) {
            throw new Refusal(405, "method-not-allowed", "expected: POST or DELETE");
        }
        exchange.authenticate(key(exchange));
        boolean isSoft = path.group(2).equals("invalidate_cache");
        NativeTask task = task(zones.require(path.group(1)), JsonTree.object(request.body()))
                .soft(isSoft);
        String attempt = exchange.header("X-Stainless-Retry-Count");
        boolean isRepeat = attempt != null && !attempt.equals("0");
        exchange.submit(task, attempt == null ? null : keys, isRepeat, accepted -> exchange.answer(accepted(accepted)));
    }

    private static @Nullable String key(Exchange exchange) {
        String header = exchange.header("Authorization");
        if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return header.substring(7).strip();
        }
        String key = exchange.header("X-Auth-Key");
        return key == null ? exchange.header("X-Auth-User-Service-Key") : key;
    }

    private static NativeTask task(Zone zone, Map<String, Object> body) {
        boolean isEverything = false;
        String kind = "";
        for (Map.Entry<String, Object> field : body.entrySet()) {
            String name = field.getKey();
            if (name.equals("purge_everything")) {
                isEverything = Boolean.TRUE.equals(field.getValue());
            } else if (KINDS.contains(name) && kind.isEmpty()) {
                kind = name;
            } else {
                throw new Refusal(400, "not-one-kind", ONE_OF);
            }
        }
        if (isEverything == !kind.isEmpty()) {
            throw new Refusal(400, "not-one-kind", ONE_OF);
        }
        if (isEverything) {
            return new NativeTask("host").targets(zone.hosts());
        }
        if (!(body.get(kind) instanceof List<?>)) {
            throw new Refusal(400, "not-an-array", "\"" + kind + "\" must be an array");
        }
        List<Object> values = JsonTree.asList(body.get(kind));
        if (values.isEmpty()) {
            throw new Refusal(400, "not-one-kind", "\"" + kind + "\" must not be empty");
        }
        return switch (kind) {
            case "files" -> files(zone, values);
            case "tags" -> tags(zone, values);
            case "hosts" -> hosts(zone, values);
            default -> prefixes(zone, values);
        };
    }

    /** URLs as strings or as objects; headers in those are not needed, since a purge takes every variant. */
    private static NativeTask files(Zone zone, List<Object> values) {
        NativeTask task = new NativeTask("url");
        for (Object value : values) {
            String url = text(
                    "files", value instanceof Map<?, ?> ? JsonTree.asMap(value).get("url") : value);
            requireOwned(zone, Target.url(url).host(), url);
            task.target(url);
        }
        return task;
    }

    private static NativeTask tags(Zone zone, List<Object> values) {
        NativeTask task = new NativeTask("tag").hosts(zone.literalHosts());
        for (Object value : values) {
            String tag = text("tags", value);
            if (tag.length() > MAX_TAG) {
                throw new Refusal(400, "long-tag", "Tag exceeds maximum length of 1024 characters");
            }
            if (tag.isEmpty() || tag.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new Refusal(400, "bad-tag", "Non-printable characters are forbidden in tags");
            }
            task.target(tag);
        }
        return task;
    }

    private static NativeTask hosts(Zone zone, List<Object> values) {
        NativeTask task = new NativeTask("host");
        for (Object value : values) {
            String host = text("hosts", value);
            requireOwned(zone, Zones.host(host), host);
            task.target(host);
        }
        return task;
    }

    /** What starts with a text: a directory where each text is one, else a pattern. */
    private static NativeTask prefixes(Zone zone, List<Object> values) {
        List<Target> roots = new ArrayList<>();
        boolean isDirectories = true;
        for (Object value : values) {
            String text = text("prefixes", value);
            String bare = text.replaceFirst("^https?://", "");
            requireNoPattern(bare);
            Target root = Target.url("http://" + bare);
            requireOwned(zone, root.host(), text);
            roots.add(root);
            isDirectories &= root.path().endsWith("/");
        }
        NativeTask task = new NativeTask(isDirectories ? "prefix" : "regex");
        for (Target root : roots) {
            if (isDirectories) {
                task.target(root.host() + root.path());
            } else {
                task.pattern(root.host(), '^' + SafePattern.quote(root.path()));
            }
        }
        return task;
    }

    private static void requireNoPattern(String prefix) {
        if (prefix.indexOf('?') >= 0) {
            throw Refusal.invalid("prefixes: a query string (expected: a host and a path, as www.example.com/foo)");
        }
    }

    private static String text(String kind, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw Refusal.invalid(kind + ": another kind of value (expected: strings)");
    }

    private static void requireOwned(Zone zone, String host, String shown) {
        if (!zone.owns(host)) {
            String cut = shown.length() > 128 ? shown.substring(0, 128) : shown;
            throw new Refusal(400, "not-in-zone", "Unable to purge " + cut + ", which is not in the zone");
        }
    }

    private static ApiResponse accepted(List<Accepted> accepted) {
        return envelope(
                200,
                List.of(),
                json -> json.beginObject()
                        .field("id")
                        .value(accepted.get(0).id())
                        .endObject(),
                json -> {});
    }

    @Override
    public ApiResponse refused(ApiRequest request, Refusal refusal) {
        return envelope(refusal.status, refusal.headers(), JsonWriter::nullValue, json -> {
            json.beginObject().field("code").value(code(refusal));
            json.field("message").value(refusal.detail).endObject();
        });
    }

    /** The vendor's numbers: those for bodies as its clients have reported them, the others as its API answers them. */
    private static int code(Refusal refusal) {
        return switch (refusal.word) {
            case "not-one-kind" -> 1012;
            case "not-an-array" -> 1014;
            case "long-tag" -> 1100;
            case "bad-tag" -> 1315;
            case "malformed-json" -> 6007;
            default ->
                switch (refusal.status) {
                    case 401 -> 10_000;
                    case 403 -> 9109;
                    case 404 -> 7003;
                    case 405 -> 10_405;
                    case 429 -> 971;
                    default -> 1016;
                };
        };
    }

    private static ApiResponse envelope(
            int status, List<String> headers, Consumer<JsonWriter> result, Consumer<JsonWriter> errors) {
        JsonWriter json = new JsonWriter(192).beginObject();
        json.field("success").value(status < 300);
        json.field("errors").beginArray();
        errors.accept(json);
        json.endArray();
        json.field("messages").beginArray().endArray();
        json.field("result");
        result.accept(json);
        return new ApiResponse(
                status, "application/json", headers, json.endObject().toArray());
    }
}
