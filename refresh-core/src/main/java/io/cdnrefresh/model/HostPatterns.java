// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** What patterns of hosts mean to each other: {@code h}, {@code *.h} (one label below it), {@code **.h} (any number). */
public final class HostPatterns {
    private HostPatterns() {}

    /** Whether every host that {@code inner} speaks of is one that {@code outer} speaks of. */
    public static boolean covers(String outer, String inner) {
        if (!inner.startsWith("*")) {
            return Target.hostMatches(outer, inner);
        }
        if (outer.equals(inner)) {
            return true;
        }
        String below = inner.substring(inner.indexOf('.') + 1);
        return outer.startsWith("**.") && (below.equals(outer.substring(3)) || Target.hostMatches(outer, below));
    }

    /** Whether there is a host that both speak of. Of two patterns that share one, one covers the other. */
    public static boolean overlap(String one, String other) {
        return covers(one, other) || covers(other, one);
    }
}
