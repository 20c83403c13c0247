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
                ? "[^/:]+" + SafePattern.quote(host.substring(2))
                : host.startsWith("*.") ? "[^./:]+" + SafePattern.quote(host.substring(1)) : SafePattern.quote(host);
        return "^" + scheme + "://(?i:" + name + ")" + END_OF_HOST;
    }

    private static String regex(String pattern) {
        return PatternExample.branches(pattern).stream()
                .map(branch -> branch.startsWith("^") ? branch.substring(1) : ".*?" + branch)
                .collect(Collectors.joining("|", "(?:", ")"));
    }

    /** What all rules of a host begin with. */
    static String hostPart(String pattern) {
        int end = pattern.indexOf(END_OF_HOST);
        return end < 0 ? pattern : pattern.substring(0, end + END_OF_HOST.length());
    }

    /** Whether the rules of two {@link #hostPart}s may fit one URL. */
    static boolean mayMeet(String hostPart, String other) {
        return hostPart.equals(other) || isWide(hostPart) || isWide(other);
    }

    private static boolean isWide(String hostPart) {
        return hostPart.contains("[^") || !hostPart.contains(END_OF_HOST);
    }
}
