// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * One thing that a task is about. Immutable.
 *
 * <p>Which of the parts mean something depends on the task's kind:
 *
 * <pre>
 * kind         scheme        host                        path
 * URL PRELOAD  http | https  host[:port]                 path and query as received
 * PREFIX       http | https  host[:port]                 path as received, ends with /
 *              or empty = both
 * REGEX        empty         host[:port], literal        pattern over path and query, unanchored
 * TAG          empty         host[:port]                 the tag
 * HOST         empty         host[:port], *.h or **.h    empty
 * </pre>
 *
 * <p>Two values matter. {@link #identity} is for authorising, de-duplicating and explaining: two spellings of one URL
 * have one identity. {@link #wire} is what a cache is asked with: path and query as received, since a cache keys by
 * bytes. The host is kept in its identity form only: lower case, IDN as punycode, no trailing dot, no default port.
 *
 * @param scheme {@code http}, {@code https} or empty
 * @param host identity form of host and port
 * @param path see the table
 */
public record Target(String scheme, String host, String path) {
    /** The longest target in characters. */
    public static final int MAX_LENGTH = 8_192;

    /**
     * A URL, for purge or preload.
     *
     * @throws InvalidTargetException if the text is no absolute http or https URL that a cache may be asked for
     */
    public static Target url(String text) {
        return UrlReader.read(text, true);
    }

    /**
     * A directory: a URL, with or without scheme, whose path ends with a slash.
     *
     * @throws InvalidTargetException if it is not
     */
    public static Target prefix(String text) {
        Target target = UrlReader.read(text, false);
        if (target.path.indexOf('?') >= 0) {
            throw new InvalidTargetException("query", "a prefix without a query string");
        }
        if (!target.path.endsWith("/")) {
            throw new InvalidTargetException("no-trailing-slash", "a prefix that ends with /");
        }
        return target;
    }

    /**
     * A host, {@code *.host} for one label below it, or {@code **.host} for any number.
     *
     * @throws InvalidTargetException if it is not
     */
    public static Target host(String text) {
        int stars = text.startsWith("**.") ? 3 : text.startsWith("*.") ? 2 : 0;
        String host = UrlReader.host(text.substring(stars), "");
        return new Target("", text.substring(0, stars) + host, "");
    }

    /**
     * The paths of one host that match a pattern. Whether the pattern compiles is the engine's to check.
     *
     * @throws InvalidTargetException if the host is none or the pattern is empty, too long or has control characters
     */
    public static Target regex(String host, String pattern) {
        requireText(pattern, 512, "bad-pattern");
        return new Target("", UrlReader.host(host, ""), pattern);
    }

    /**
     * The objects of one host that carry a tag.
     *
     * @throws InvalidTargetException if the host is none or the tag is empty, longer than 1,024 or has characters that
     *     are not printable ASCII
     */
    public static Target tag(String host, String tag) {
        requireText(tag, 1_024, "bad-tag");
        for (int i = 0; i < tag.length(); i++) {
            if (tag.charAt(i) <= ' ' || tag.charAt(i) > '~') {
                throw new InvalidTargetException("bad-tag", "printable ASCII without spaces");
            }
        }
        return new Target("", UrlReader.host(host, ""), tag);
    }

    private static void requireText(String text, int max, String code) {
        if (text.isEmpty() || text.length() > max) {
            throw new InvalidTargetException(code, "1 to " + max + " characters");
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) == 0x7f) {
                throw new InvalidTargetException(code, "no control characters");
            }
        }
    }

    /** Whether a host pattern ({@code h}, {@code *.h}, {@code **.h}) speaks of a host in identity form. */
    public static boolean hostMatches(String pattern, String host) {
        if (pattern.startsWith("**.")) {
            return host.length() > pattern.length() - 2 && host.endsWith(pattern.substring(2));
        }
        if (pattern.startsWith("*.")) {
            int label = host.length() - pattern.length() + 1;
            return label > 0 && host.endsWith(pattern.substring(1)) && host.indexOf('.') == label;
        }
        return pattern.equals(host);
    }

    /** One text for all spellings of the same thing. */
    public String identity() {
        return scheme.isEmpty() ? host + (path.startsWith("/") ? "" : " ") + path : scheme + "://" + host + plainPath();
    }

    /** What a cache is asked with: the URL with path and query as received. */
    public String wire() {
        return scheme.isEmpty() ? host + path : scheme + "://" + host + path;
    }

    private String plainPath() {
        return UrlReader.decodeUnreserved(path);
    }

    @Override
    public String toString() {
        return wire();
    }
}
