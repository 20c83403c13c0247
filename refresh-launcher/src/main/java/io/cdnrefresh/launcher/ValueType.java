// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.client.AddressRules;
import io.cdnrefresh.spi.WebhookSecret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;

/**
 * What a key takes: how it is read and what is allowed. Immutable.
 *
 * @param name the kind, for the documentation
 * @param expected what is allowed, for faults and the documentation
 * @param secret whether it is masked when printed
 * @param fromToml a value of the file to the value used; null = not allowed
 * @param fromText an override to the value used; null = not allowed
 */
record ValueType(
        String name,
        String expected,
        boolean secret,
        Function<Object, @Nullable Object> fromToml,
        Function<String, @Nullable Object> fromText) {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%");
    private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\s/]+):(\\d{1,5})");

    /** Text that stands the test. */
    static ValueType text(String expected, Predicate<String> allowed) {
        return parsed("text", expected, text -> allowed.test(text) ? text : null);
    }

    /** A name of letters, digits, dot, dash and underscore. */
    static ValueType word(String expected) {
        return text(expected, text -> text.matches("[A-Za-z0-9._-]{0,64}"));
    }

    /** Text that nobody may see. */
    static ValueType hidden() {
        return new ValueType("secret", "any text", true, raw -> raw instanceof String ? raw : null, text -> text);
    }

    /** What signs webhooks. */
    static ValueType webhookSecret() {
        Function<String, @Nullable Object> parse = text -> {
            try {
                if (!text.isEmpty()) {
                    WebhookSecret.key(text);
                }
                return text;
            } catch (IllegalArgumentException malformed) {
                return null;
            }
        };
        return new ValueType(
                "secret",
                "whsec_ and 24 to 64 bytes as Base64, or empty",
                true,
                raw -> raw instanceof String text ? parse.apply(text) : null,
                parse);
    }

    /** Networks; none is fine. */
    static ValueType networks() {
        Function<List<?>, @Nullable Object> sound = list -> list.stream().allMatch(String.class::isInstance)
                        && AddressRules.malformed(
                                        list.stream().map(String.class::cast).toList())
                                .isEmpty()
                ? list
                : null;
        return new ValueType(
                "list",
                "\"ADDRESS/BITS\", any number of them",
                false,
                raw -> raw instanceof TomlArray array ? sound.apply(array.toList()) : null,
                text -> sound.apply(text.isEmpty() ? List.of() : List.of(text.split(",", -1))));
    }

    /** A file's or folder's path. */
    static ValueType path(String expected) {
        return text(expected, text -> text.indexOf('\0') < 0);
    }

    /** One of some words. */
    static ValueType oneOf(String... words) {
        List<String> allowed = List.of(words);
        return parsed("word", String.join(" | ", words), text -> allowed.contains(text) ? text : null);
    }

    /** A URL with one of the given beginnings, or nothing at all. */
    static ValueType url(String expected, boolean emptyAllowed, String... beginnings) {
        return parsed("URL", expected, text -> {
            if (text.isEmpty()) {
                return emptyAllowed ? text : null;
            }
            for (String beginning : beginnings) {
                if (text.startsWith(beginning) && text.length() > beginning.length() && !text.contains(" ")) {
                    return text;
                }
            }
            return null;
        });
    }

    /** The address of an HTTP server. */
    static ValueType httpUrl() {
        return parsed("URL", "http://HOST:PORT", text -> isServer(text, List.of("http")) ? text : null);
    }

    /** Where an engine answers. */
    static ValueType engineUrl() {
        return parsed(
                "URL",
                "http://HOST:PORT | https://HOST:PORT",
                text -> isServer(text, List.of("http", "https")) ? text : null);
    }

    /** Yes or no. */
    static ValueType bool() {
        return new ValueType(
                "boolean",
                "true | false",
                false,
                raw -> raw instanceof Boolean ? raw : null,
                text -> "true".equals(text) ? Boolean.TRUE : "false".equals(text) ? Boolean.FALSE : null);
    }

    /** A whole number. */
    static ValueType number(String expected, Predicate<Long> allowed) {
        return new ValueType(
                "number",
                expected,
                false,
                raw -> raw instanceof Long number && allowed.test(number) ? number : null,
                text -> {
                    Long number = wholeNumber(text);
                    return number != null && allowed.test(number) ? number : null;
                });
    }

    /** A TCP port. */
    static ValueType port() {
        return number("0..65535; 0 = a free one", port -> port >= 0 && port <= 65535);
    }

    /** A word, or a whole number up to a bound; kept as text. */
    static ValueType wordOrNumber(String word, long max) {
        Predicate<String> allowed = text -> {
            Long number = wholeNumber(text);
            return text.equals(word) || (number != null && number >= 0 && number <= max);
        };
        return new ValueType(
                "word or number",
                '"' + word + "\" | 0.." + max,
                false,
                raw -> (raw instanceof String || raw instanceof Long) && allowed.test(raw.toString())
                        ? raw.toString()
                        : null,
                text -> allowed.test(text) ? text : null);
    }

    /** A time, at least {@code least} and at most {@code most}. */
    static ValueType duration(Duration least, Duration most) {
        return parsed("time", shown(least) + " to " + shown(most) + ", as 250ms, 30s, 5m or 1h", text -> {
            Duration value = parseDuration(text);
            return value != null && value.compareTo(least) >= 0 && value.compareTo(most) <= 0 ? value : null;
        });
    }

    /** A word, or a time; kept as text or as a duration. */
    static ValueType wordOrDuration(String word, Duration most) {
        return parsed("word or time", '"' + word + "\" | 0s to " + shown(most), text -> {
            Duration value = parseDuration(text);
            if (value == null) {
                return text.equals(word) ? text : null;
            }
            return value.compareTo(most) <= 0 ? value : null;
        });
    }

    /** A number of bytes. */
    static ValueType size(long leastBytes, long mostBytes) {
        String expected = leastBytes + "B to " + (mostBytes >> 20) + "MiB, as 512B, 64KiB, 1MiB or 1GiB";
        return parsed("size", expected, text -> {
            Matcher matcher = SIZE.matcher(text);
            if (!matcher.matches()) {
                return null;
            }
            int shift = 10 * List.of("B", "KiB", "MiB", "GiB").indexOf(matcher.group(2));
            long bytes = Long.parseLong(matcher.group(1)) << shift;
            return bytes >= leastBytes && bytes <= mostBytes ? bytes : null;
        });
    }

    /** A share of something. */
    static ValueType percent() {
        return parsed("share", "0% to 100%", text -> {
            Matcher matcher = PERCENT.matcher(text);
            return matcher.matches() && Integer.parseInt(matcher.group(1)) <= 100
                    ? Integer.valueOf(matcher.group(1))
                    : null;
        });
    }

    /** Some HOST:PORT. */
    static ValueType addresses() {
        return new ValueType(
                "list",
                "at least one \"HOST:PORT\"",
                false,
                raw -> raw instanceof TomlArray array ? addressList(array.toList()) : null,
                text -> addressList(List.of(text.split(",", -1))));
    }

    /** Names of devices; none is fine. */
    static ValueType names() {
        Function<List<?>, @Nullable Object> sound =
                list -> list.stream().allMatch(name -> name instanceof String text && text.matches("[!-~]{1,128}"))
                        ? List.copyOf(list)
                        : null;
        return new ValueType(
                "list",
                "device names",
                false,
                raw -> raw instanceof TomlArray array ? sound.apply(array.toList()) : null,
                text -> sound.apply(text.isBlank() ? List.of() : List.of(text.split(",", -1))));
    }

    /** Origins of web pages; none is fine. */
    static ValueType origins() {
        Pattern origin = Pattern.compile("https?://[A-Za-z0-9.-]+(:\\d{1,5})?");
        return list(
                "\"SCHEME://HOST[:PORT]\", any number of them",
                text -> origin.matcher(text).matches());
    }

    /** Any of some words; none is fine. */
    static ValueType words(List<String> words) {
        return list("any of " + String.join(", ", words), words::contains);
    }

    /** Some texts, in an override divided by commas; none is fine. */
    static ValueType list(String expected, Predicate<String> allowed) {
        Function<List<?>, @Nullable Object> sound =
                list -> list.stream().allMatch(item -> item instanceof String text && allowed.test(text)) ? list : null;
        return new ValueType(
                "list",
                expected,
                false,
                raw -> raw instanceof TomlArray array ? sound.apply(array.toList()) : null,
                text -> sound.apply(text.isEmpty() ? List.of() : List.of(text.split(",", -1))));
    }

    private static ValueType parsed(String name, String expected, Function<String, @Nullable Object> parse) {
        return new ValueType(
                name, expected, false, raw -> raw instanceof String text ? parse.apply(text) : null, parse);
    }

    private static boolean isServer(String text, List<String> schemes) {
        try {
            URI uri = new URI(text);
            return uri.getScheme() != null
                    && schemes.contains(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65535
                    && uri.getRawQuery() == null
                    && uri.getRawUserInfo() == null;
        } catch (URISyntaxException notOne) {
            return false;
        }
    }

    private static @Nullable Object addressList(List<?> items) {
        List<String> addresses = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof String text)) {
                return null;
            }
            Matcher matcher = ADDRESS.matcher(text.strip());
            if (!matcher.matches()
                    || Integer.parseInt(matcher.group(2)) > 65535
                    || Integer.parseInt(matcher.group(2)) == 0) {
                return null;
            }
            addresses.add(text.strip());
        }
        return addresses.isEmpty() ? null : List.copyOf(addresses);
    }

    private static @Nullable Long wholeNumber(String text) {
        return text.matches("-?\\d{1,18}") ? Long.valueOf(text) : null;
    }

    /** Reads {@code 30s}; null if it is no time. */
    static @Nullable Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return null;
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    /** Writes a time as {@link #parseDuration} reads it. */
    static String shown(Duration value) {
        long millis = value.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds > 0 && seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds > 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
