// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import java.util.stream.Collectors;

/** Patterns of {@code regex_revalidate}, over {@code scheme://host/path?query}. Each but that of "all" names a host. */
final class AtsRule {
    /** The plugin reads lines of 2,048 bytes. */
    private static final int MAX_LENGTH = 1_900;

    private static final String HOST = "://(?i:";
    private static final String LABEL = "[^./:]+";
    private static final String LABELS = "[^/:]+";
    private static final String END_OF_HOST = "(?::80|:443)?(?=/)";

    private AtsRule() {}

    /** Why there can be no rule; empty if there can. */
    static String fault(TaskKind kind, Target target) {
        if (kind == TaskKind.TAG) {
            return "no purge by tag";
        }
        if (kind == TaskKind.REGEX) {
            String fault = SafePattern.fault(target.path());
            if (!fault.isEmpty()) {
                return "pattern not safe for PCRE: " + fault;
            }
            if (PatternExample.branches(target.path()).isEmpty()) {
                return "pattern with ^ elsewhere than at its beginning";
            }
        }
        String pattern = pattern(kind, target);
        if (pattern.length() > MAX_LENGTH) {
            return "rule longer than " + MAX_LENGTH + " bytes";
        }
        return pattern.chars().anyMatch(c -> c <= ' ' || c > '~') ? "characters other than printable ASCII" : "";
    }

    /** The pattern of a purge. */
    static String pattern(TaskKind kind, Target target) {
        String scheme = target.scheme().isEmpty() ? "https?" : target.scheme();
        if (kind == TaskKind.ALL) {
            return "^https?://";
        }
        String host = host(scheme, target.host());
        return switch (kind) {
            case HOST -> host;
            case PREFIX -> host + SafePattern.quote(target.path());
            case URL -> host + SafePattern.quote(target.path()) + "$";
            case REGEX -> host + regex(target.path());
            default -> throw new IllegalStateException("kind: " + kind);
        };
    }

    private static String host(String scheme, String host) {
        String name = host.startsWith("**.")
                ? LABELS + SafePattern.quote(host.substring(2))
                : host.startsWith("*.") ? LABEL + SafePattern.quote(host.substring(1)) : SafePattern.quote(host);
        return "^" + scheme + HOST + name + ")" + END_OF_HOST;
    }

    private static String regex(String pattern) {
        return PatternExample.branches(pattern).stream()
                .map(branch -> branch.startsWith("^") ? branch.substring(1) : ".*?" + branch)
                .collect(Collectors.joining("|", "(?:", ")"));
    }

    /** The rule for everything of a host. */
    static String ofHost(String host) {
        return host("https?", host);
    }

    /** The host that a rule names, {@code *.h} and {@code **.h} included; empty for all hosts. */
    static String hostOf(String pattern) {
        int start = pattern.indexOf(HOST);
        int end = pattern.indexOf(")" + END_OF_HOST);
        if (start < 0 || end < start) {
            return "";
        }
        String name = pattern.substring(start + HOST.length(), end);
        String stars = name.startsWith(LABELS) ? "**" : name.startsWith(LABEL) ? "*" : "";
        int skipped = stars.isEmpty() ? 0 : stars.length() == 2 ? LABELS.length() : LABEL.length();
        return stars + name.substring(skipped).replace("\\", "");
    }

    /** Whether a rule is for everything of its host or hosts. */
    static boolean isWhole(String pattern) {
        return rest(pattern).isEmpty();
    }

    /** Whether a rule speaks of more than one host. */
    static boolean isWide(String pattern) {
        String host = hostOf(pattern);
        return host.isEmpty() || host.startsWith("*");
    }

    /**
     * Whether a rule may fit a URL that another one, of a single host, fits: then they have that host in common. A wide
     * other one never counts, since it is of more hosts than this one's.
     */
    static boolean mayMeet(String pattern, String other) {
        String host = hostOf(pattern);
        String otherHost = hostOf(other);
        if (isWide(other) || (!host.isEmpty() && !Target.hostMatches(host, otherHost))) {
            return false;
        }
        String rest = rest(pattern);
        String otherRest = rest(other);
        boolean isPattern = rest.startsWith("(?:") || otherRest.startsWith("(?:");
        return isPattern
                || literal(rest).startsWith(literal(otherRest))
                || literal(otherRest).startsWith(literal(rest));
    }

    private static String rest(String pattern) {
        int end = pattern.indexOf(END_OF_HOST);
        return end < 0 ? "" : pattern.substring(end + END_OF_HOST.length());
    }

    private static String literal(String rest) {
        return rest.endsWith("$") ? rest.substring(0, rest.length() - 1) : rest;
    }
}
