// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * The parts of an http or https URL that a webhook goes to. Immutable.
 *
 * @param isSecure whether it is https
 * @param host name or address; an IPv6 address stands without brackets
 * @param port 1 to 65535
 * @param path path and query as they stand there, from {@code /}
 */
public record CallbackUrl(boolean isSecure, String host, int port, String path) {
    /**
     * Takes a URL apart.
     *
     * @throws IllegalArgumentException if it is none; it is not repeated
     */
    public static CallbackUrl parse(String url) {
        boolean isSecure = url.startsWith("https://");
        if (!isSecure && !url.startsWith("http://")) {
            throw malformed();
        }
        int from = isSecure ? 8 : 7;
        int end = from;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        String authority = url.substring(from, end);
        String rest = url.substring(end);
        int close = authority.lastIndexOf(']');
        int colon = authority.indexOf(':', Math.max(0, close));
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (bare.isEmpty() || authority.indexOf('@') >= 0 || rest.indexOf('#') >= 0) {
            throw malformed();
        }
        int port = colon < 0 ? (isSecure ? 443 : 80) : port(authority.substring(colon + 1));
        return new CallbackUrl(isSecure, bare, port, rest.startsWith("/") ? rest : '/' + rest);
    }

    private static int port(String digits) {
        int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 65_535) {
            throw malformed();
        }
        return port;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("callback (expected: an http or https URL without user and fragment)");
    }

    /** Name and port, for people and for fairness. */
    public String place() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }
}
