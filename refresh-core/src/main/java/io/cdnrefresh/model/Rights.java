// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.List;
import java.util.Set;

/**
 * What a key may ask for, within what belongs to its tenant. Immutable.
 *
 * @param hosts host patterns in identity form ({@code h}, {@code *.h}, {@code **.h}); empty = every host of the tenant
 * @param kinds the kinds of tasks
 * @param isNetworkWide whether a task may be for every host of the platform; of admin keys only
 * @param groups the groups of devices that a task may go to; empty = every group
 * @param limits what this key may submit; empty = only the limits of its tenant count
 */
public record Rights(
        List<String> hosts, Set<TaskKind> kinds, boolean isNetworkWide, List<String> groups, List<RateLimit> limits) {
    /** What a key may do when nobody says: everything but {@code regex} and {@code all}. */
    public static final Set<TaskKind> USUAL_KINDS =
            Set.of(TaskKind.URL, TaskKind.PREFIX, TaskKind.TAG, TaskKind.HOST, TaskKind.PRELOAD);

    /** Everything. */
    public static final Rights ALL = new Rights(List.of(), Set.of(TaskKind.values()), true, List.of(), List.of());

    /** Nothing. */
    public static final Rights NONE = new Rights(List.of(), Set.of(), false, List.of(), List.of());

    /** Copies the lists. */
    public Rights {
        hosts = List.copyOf(hosts);
        kinds = Set.copyOf(kinds);
        groups = List.copyOf(groups);
        limits = List.copyOf(limits);
    }

    /** Whether a target's host, which may be a pattern, is within {@link #hosts}. */
    public boolean hasHost(String host) {
        if (hosts.isEmpty()) {
            return true;
        }
        for (String pattern : hosts) {
            if (HostPatterns.covers(pattern, host)) {
                return true;
            }
        }
        return false;
    }
}
