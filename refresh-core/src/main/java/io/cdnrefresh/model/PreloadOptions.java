// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.List;

/**
 * What a preload fetches beyond the URL itself, and how. Immutable.
 *
 * @param variants request headers, {@code Name: value}: the object is fetched once more with each
 * @param ranges {@code first-last} in bytes: these are fetched instead of the whole object, each by itself
 * @param depth how many levels of HLS playlists are followed: 0 none, 1 the entries of a playlist, 2 those of the playlists
 *     in it; at most {@value #MAX_DEPTH}
 * @param hosts hosts besides the target's own to which playlists and redirects may lead
 * @param redirects what becomes of a redirect
 * @param placement which nodes of a pod fetch
 * @param rate most bytes a second of this task on one node; 0 = no limit of its own
 */
public record PreloadOptions(
        List<String> variants,
        List<String> ranges,
        int depth,
        List<String> hosts,
        RedirectRule redirects,
        Placement placement,
        long rate) {
    /** The deepest nesting of playlists. */
    public static final int MAX_DEPTH = 4;

    /** The most variants, ranges or hosts. */
    public static final int MAX_LIST = 16;

    /** The URL, as it is. */
    public static final PreloadOptions DEFAULTS =
            new PreloadOptions(List.of(), List.of(), 0, List.of(), RedirectRule.REJECT, Placement.POD, 0);

    /** Checks ranges and copies the lists. */
    public PreloadOptions {
        variants = List.copyOf(variants);
        ranges = List.copyOf(ranges);
        hosts = List.copyOf(hosts);
        if (depth < 0 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("depth: " + depth + " (expected: 0.." + MAX_DEPTH + ")");
        }
        if (rate < 0) {
            throw new IllegalArgumentException("rate: " + rate + " (expected: 0 or more)");
        }
        ranges.forEach(PreloadOptions::requireRange);
    }

    /**
     * Checks a range: {@code 0-1048575}, or {@code 1048576-} up to the end.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static String requireRange(String text) {
        int dash = text.indexOf('-');
        boolean isRange = text.matches("[0-9]{1,15}-[0-9]{0,15}");
        if (!isRange
                || dash < text.length() - 1
                        && Long.parseLong(text.substring(0, dash)) > Long.parseLong(text.substring(dash + 1))) {
            throw new IllegalArgumentException(
                    "range: " + text + " (expected: first-last in bytes, such as 0-1048575)");
        }
        return text;
    }

    /** The same with other variants. */
    public PreloadOptions withVariants(List<String> lines) {
        return new PreloadOptions(lines, ranges, depth, hosts, redirects, placement, rate);
    }

    /** The same with ranges. */
    public PreloadOptions withRanges(List<String> texts) {
        return new PreloadOptions(variants, texts, depth, hosts, redirects, placement, rate);
    }

    /** The same with playlists followed to this depth. */
    public PreloadOptions withDepth(int levels) {
        return new PreloadOptions(variants, ranges, levels, hosts, redirects, placement, rate);
    }

    /** The same with more hosts. */
    public PreloadOptions withHosts(List<String> names) {
        return new PreloadOptions(variants, ranges, depth, names, redirects, placement, rate);
    }

    /** The same with another rule for redirects. */
    public PreloadOptions withRedirects(RedirectRule rule) {
        return new PreloadOptions(variants, ranges, depth, hosts, rule, placement, rate);
    }

    /** The same with another placement. */
    public PreloadOptions withPlacement(Placement where) {
        return new PreloadOptions(variants, ranges, depth, hosts, redirects, where, rate);
    }

    /** The same with another rate. */
    public PreloadOptions withRate(long bytesPerSecond) {
        return new PreloadOptions(variants, ranges, depth, hosts, redirects, placement, bytesPerSecond);
    }
}
