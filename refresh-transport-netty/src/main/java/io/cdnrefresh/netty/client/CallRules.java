// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What may stand in a request line and in a header. Stateless. */
final class CallRules {
    /** Headers that the client writes itself; a second opinion on framing is how requests are smuggled. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "upgrade",
            "expect");

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private CallRules() {}

    static String authorityOf(String host, int port, boolean isSecure) {
        String name = host.indexOf(':') >= 0 && !host.startsWith("[") ? '[' + host + ']' : host;
        return port == (isSecure ? 443 : 80) ? name : name + ':' + port;
    }

    static void checkMethod(String method) {
        if (!isToken(method)) {
            throw refused("method", method, "a token");
        }
    }

    static void checkHost(String host) {
        if (host.isEmpty() || !isGraphic(host) || host.indexOf('/') >= 0 || host.indexOf('@') >= 0) {
            throw refused("host", host, "a name or an address");
        }
    }

    static void checkAuthority(String authority) {
        if (authority.isEmpty()
                || !isGraphic(authority)
                || authority.indexOf('/') >= 0
                || authority.indexOf('@') >= 0) {
            throw refused("authority", authority, "host or host:port");
        }
    }

    static void checkTarget(String path) {
        boolean isOrigin = path.startsWith("/");
        boolean isAbsolute = path.startsWith("http://") || path.startsWith("https://");
        if (!(isOrigin || isAbsolute || path.equals("*")) || !isGraphic(path) || path.indexOf('#') >= 0) {
            throw refused("path", path, "from / or http(s)://, without space, control character or fragment");
        }
    }

    static void checkHeaders(List<String> headers) {
        if (headers.size() % 2 != 0) {
            throw new IllegalArgumentException("headers: " + headers.size() + " (expected: name and value by turns)");
        }
        for (int i = 0; i < headers.size(); i += 2) {
            String name = headers.get(i);
            if (!isToken(name) || OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                throw refused("header", name, "a token, none that frames the message or names the host");
            }
            if (!isFieldValue(headers.get(i + 1))) {
                throw new IllegalArgumentException("header " + name + " (expected: no control character)");
            }
        }
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isAlphanumeric = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            if (!isAlphanumeric && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** No space and no control character, C1 included; lone surrogates have no UTF-8 form. */
    private static boolean isGraphic(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f && c < 0xa0) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(++i))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Latin-1 without control characters but tab: Netty would silently write '?' for the rest. */
    private static boolean isFieldValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f || c > 0xff) {
                return false;
            }
        }
        return true;
    }

    private static IllegalArgumentException refused(String key, String value, String expected) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(128, value.length()); i++) {
            char c = value.charAt(i);
            shown.append(c < ' ' || c >= 0x7f ? '?' : c);
        }
        return new IllegalArgumentException(key + ": " + shown + " (expected: " + expected + ")");
    }
}
