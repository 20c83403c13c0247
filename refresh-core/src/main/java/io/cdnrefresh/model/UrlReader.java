// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads URLs the way every part of the system must see them. RFC 3986 with the strictness of a system that turns text
 * into requests: what two parsers could read differently is refused.
 */
final class UrlReader {
    private static final String HEX = "0123456789ABCDEF";
    private static final int MAX_HOST = 253;
    private static final int MAX_LABEL = 63;

    private UrlReader() {}

    static Target read(String text, boolean requiresScheme) {
        if (text.isEmpty()) {
            throw new InvalidTargetException("empty", "an absolute http or https URL");
        }
        if (text.length() > Target.MAX_LENGTH) {
            throw new InvalidTargetException("too-long", "at most " + Target.MAX_LENGTH + " characters");
        }
        String scheme = "";
        int authority = 0;
        int colon = text.indexOf("://");
        int slash = text.indexOf('/');
        if (colon > 0 && slash == colon + 1) {
            scheme = scheme(text, colon);
            authority = colon + 3;
        } else if (requiresScheme) {
            throw new InvalidTargetException("no-scheme", "a URL that starts with http:// or https://");
        }
        int end = authorityEnd(text, authority);
        String host = host(text.substring(authority, end), scheme);
        String path = path(text.substring(end));
        if (path.length() > Target.MAX_LENGTH) {
            throw new InvalidTargetException("too-long", "at most " + Target.MAX_LENGTH + " bytes once encoded");
        }
        return new Target(scheme, host, path);
    }

    /** Where the authority of a text ends that was read as a URL with a scheme. */
    static int authorityEnd(String url) {
        return authorityEnd(url, url.indexOf("://") + 3);
    }

    private static int authorityEnd(String text, int from) {
        int end = from;
        while (end < text.length() && "/?#\\".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static String scheme(String text, int length) {
        if (length == 5 && startsWith(text, "https")) {
            return "https";
        }
        if (length == 4 && startsWith(text, "http")) {
            return "http";
        }
        throw new InvalidTargetException("bad-scheme", "http or https");
    }

    /** Not {@code regionMatches}: for that a long s is an s, too. */
    private static boolean startsWith(String text, String lowerCase) {
        for (int i = 0; i < lowerCase.length(); i++) {
            if ((text.charAt(i) | 0x20) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Host and port in identity form; the port that the scheme implies is dropped. */
    static String host(String authority, String scheme) {
        if (authority.indexOf('@') >= 0) {
            throw new InvalidTargetException("user-info", "a host without user name or password");
        }
        int bracket = authority.lastIndexOf(']');
        int colon = authority.indexOf(':', bracket + 1);
        String name = colon < 0 ? authority : authority.substring(0, colon);
        String plain = bracket >= 0 ? ipv6(name) : name(name);
        if (colon < 0) {
            return plain;
        }
        int port = port(authority.substring(colon + 1));
        boolean isImplied = port < 0 || port == 80 && scheme.equals("http") || port == 443 && scheme.equals("https");
        return isImplied ? plain : plain + ":" + port;
    }

    private static int port(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        int port = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9' || i > 4) {
                throw new InvalidTargetException("bad-port", "a port from 1 to 65535");
            }
            port = port * 10 + c - '0';
        }
        if (port == 0 || port > 65_535) {
            throw new InvalidTargetException("bad-port", "a port from 1 to 65535");
        }
        return port;
    }

    private static String name(String text) {
        String name = text;
        if (!isAscii(name)) {
            try {
                name = IDN.toASCII(name);
            } catch (IllegalArgumentException notIdn) {
                throw badHost();
            }
        }
        name = name.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (name.isEmpty()) {
            throw new InvalidTargetException("no-host", "a URL with a host");
        }
        int label = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (label == 0) {
                    throw badHost();
                }
                label = 0;
            } else if (isHostCharacter(c) && label < MAX_LABEL) {
                label++;
            } else {
                throw badHost();
            }
        }
        if (label == 0 || name.length() > MAX_HOST) {
            throw badHost();
        }
        return name;
    }

    private static boolean isHostCharacter(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_';
    }

    private static InvalidTargetException badHost() {
        return new InvalidTargetException(
                "bad-host", "labels of 1 to 63 letters, digits, - and _, at most 253 characters in all");
    }

    private static String ipv6(String text) {
        if (!text.startsWith("[") || !text.endsWith("]") || text.length() < 4 || text.length() > 41) {
            throw badHost();
        }
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (Character.digit(c, 16) < 0 && c != ':' && c != '.' || c > 'f') {
                throw badHost();
            }
        }
        if (text.indexOf(':') < 0) {
            throw badHost();
        }
        return text.toLowerCase(Locale.ROOT);
    }

    private static String path(String text) {
        String path = text.isEmpty() ? "/" : text.charAt(0) == '?' ? "/" + text : text;
        boolean isPlain = true;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c == 0x7f) {
                throw new InvalidTargetException("control-character", "no spaces and no control characters");
            }
            if (c == '#') {
                throw new InvalidTargetException("fragment", "a URL without a fragment");
            }
            if (c == '\\') {
                throw new InvalidTargetException("backslash", "/ between the parts of a path");
            }
            if (c == '%' && !isEscape(path, i)) {
                throw new InvalidTargetException("bad-escape", "two hexadecimal digits after each %");
            }
            isPlain &= c < 0x7f;
        }
        int query = path.indexOf('?');
        requireNoDotSegments(query < 0 ? path : path.substring(0, query));
        return isPlain ? path : encodeNonAscii(path);
    }

    private static boolean isEscape(String text, int percent) {
        return percent + 2 < text.length() && hex(text.charAt(percent + 1)) >= 0 && hex(text.charAt(percent + 2)) >= 0;
    }

    private static int hex(char c) {
        return c < 0x7f ? Character.digit(c, 16) : -1;
    }

    /** A cache and its client may disagree on what {@code /a/../b} names, so it names nothing here. */
    private static void requireNoDotSegments(String path) {
        if (path.indexOf('.') < 0 && path.indexOf('%') < 0) {
            return;
        }
        String plain = decodeUnreserved(path);
        for (int from = 0; from <= plain.length(); ) {
            int to = plain.indexOf('/', from);
            int end = to < 0 ? plain.length() : to;
            int length = end - from;
            if (length == 1 && plain.charAt(from) == '.' || length == 2 && plain.startsWith("..", from)) {
                throw new InvalidTargetException("dot-segment", "a path without . and .. segments");
            }
            from = end + 1;
        }
    }

    /** What browsers send for characters outside ASCII: their UTF-8 bytes, escaped. */
    private static String encodeNonAscii(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 32);
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            if (point < 0x80) {
                encoded.append((char) point);
            } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new InvalidTargetException("bad-unicode", "well-formed Unicode");
            } else {
                for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                    encoded.append('%').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
                }
            }
        }
        return encoded.toString();
    }

    /** Decodes {@code %41}-style escapes of letters, digits and {@code - . _ ~}; others get upper-case digits. */
    static String decodeUnreserved(String text) {
        int percent = text.indexOf('%');
        if (percent < 0) {
            return text;
        }
        StringBuilder plain = null;
        int copied = 0;
        for (; percent >= 0; percent = text.indexOf('%', percent + 1)) {
            if (percent + 2 >= text.length()) {
                break;
            }
            int value = hex(text.charAt(percent + 1)) << 4 | hex(text.charAt(percent + 2));
            String replacement = replacement(text, percent, value);
            if (replacement != null) {
                plain = plain == null ? new StringBuilder(text.length()) : plain;
                plain.append(text, copied, percent).append(replacement);
                copied = percent + 3;
            }
        }
        return plain == null ? text : plain.append(text, copied, text.length()).toString();
    }

    private static @Nullable String replacement(String text, int percent, int value) {
        if (value < 0) {
            return null;
        }
        if (isUnreserved(value)) {
            return String.valueOf((char) value);
        }
        String upper = "%" + HEX.charAt(value >> 4) + HEX.charAt(value & 15);
        return text.startsWith(upper, percent) ? null : upper;
    }

    private static boolean isUnreserved(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }
}
