// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Tags as clients of caches send them: as lists, or as the patterns that a cache would search its objects' headers with. Of
 * patterns only those are read that name whole tags. Stateless.
 */
final class TagHeaders {
    /** A pattern for every tag there is. */
    static final List<String> ALL = List.of(".*");

    /** What stands around a tag in patterns: the ends of the header, or what divides tags in it. */
    private static final List<String> EDGES = List.of(
            "(^|,)",
            "(,|$)",
            "(,|^)",
            "($|,)",
            "(^| )",
            "( |$)",
            "(^|\\s)",
            "(\\s|$)",
            "(^|[, ])",
            "([, ]|$)",
            "(,.+)?$"); // FOSHttpCache

    private static final String META = "\\.*+?()[]{}|^$";

    private TagHeaders() {}

    /** Tags divided by white space or commas. */
    static List<String> list(String header) {
        Set<String> tags = new LinkedHashSet<>();
        for (String tag : header.split("[\\s,]+", -1)) {
            if (!tag.isEmpty()) {
                tags.add(tag);
            }
        }
        return List.copyOf(tags);
    }

    /**
     * The tags that a pattern names: {@code ((^|,)a(,|$))|((^|,)b(,|$))}, {@code (^|,)(a|b)(,|$)}, {@code a|b}, {@code a}.
     *
     * @return {@link #ALL} for a pattern that matches everything
     * @throws Refusal if it may mean other tags than those it names
     */
    static List<String> pattern(String header) {
        String text = header.strip();
        if (text.equals(".*") || text.equals("^.*$") || text.equals(".+")) {
            return ALL;
        }
        Set<String> tags = new LinkedHashSet<>();
        StringBuilder tag = new StringBuilder();
        String plain = text.replace("(?:", "(");
        for (String edge : EDGES) {
            plain = plain.replace(edge, "");
        }
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            boolean isEscape = c == '\\' && i + 1 < plain.length() && !Character.isLetterOrDigit(plain.charAt(i + 1));
            if (isEscape) {
                tag.append(plain.charAt(++i));
            } else if (c == '|' || c == ',' || c == ' ') {
                add(tags, tag);
            } else if (c == '.') {
                tag.append(c); // also without a backslash: what it was meant as
            } else if (META.indexOf(c) >= 0 && c != '(' && c != ')') {
                throw Refusal.invalid("a pattern of tags (expected: tags by their full names, as (^|,)(a|b)(,|$))");
            } else if (c != '(' && c != ')') {
                tag.append(c);
            }
        }
        add(tags, tag);
        if (tags.isEmpty()) {
            throw Refusal.invalid("no tag (expected: tags by their full names, as (^|,)(a|b)(,|$))");
        }
        return List.copyOf(tags);
    }

    private static void add(Set<String> tags, StringBuilder tag) {
        if (tag.length() > 0) {
            tags.add(tag.toString());
            tag.setLength(0);
        }
    }

    /**
     * The hosts that a pattern names: {@code ^(www\.a\.com|b\.com)$} or {@code ^a\.com$}.
     *
     * @throws Refusal if it may match other hosts, too
     */
    static List<String> hosts(String pattern) {
        String text = pattern.strip();
        boolean isWhole = text.startsWith("^") && text.endsWith("$");
        String inner = isWhole ? text.substring(1, text.length() - 1) : "";
        if (inner.startsWith("(") && inner.endsWith(")")) {
            inner = inner.substring(inner.startsWith("(?:") ? 3 : 1, inner.length() - 1);
        }
        List<String> hosts = new ArrayList<>();
        for (String part : inner.split("\\|", -1)) {
            String host = part.replaceAll("\\\\([.:-])", "$1");
            if (!host.matches("[A-Za-z0-9._:-]{1,259}")) {
                throw Refusal.invalid("a pattern of hosts (expected: .*, or whole names as ^(www\\.a\\.com|b\\.com)$)");
            }
            hosts.add(Zones.host(host));
        }
        return hosts;
    }
}
