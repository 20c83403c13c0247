// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.Arrays;
import java.util.List;

/**
 * What was asked: the content of a task, before and after it has an id. Immutable.
 *
 * @param kind what to do
 * @param targets what to do it to; empty for {@link TaskKind#ALL} only
 * @param options how to do it
 * @param tenant whose task it is; empty = the platform's own
 * @param trace W3C {@code traceparent} that the task belongs to; empty = none yet
 */
public record RefreshTask(TaskKind kind, List<Target> targets, TaskOptions options, String tenant, String trace) {
    /** Copies the targets, unless they cannot change. */
    public RefreshTask {
        targets = targets instanceof TargetList ? targets : List.copyOf(targets);
        if (targets.isEmpty() != (kind == TaskKind.ALL)) {
            throw new IllegalArgumentException(
                    "targets: " + targets.size() + " (expected: none for all, else at least 1)");
        }
    }

    /**
     * A purge of exact URLs.
     *
     * @throws InvalidTargetException if one is no URL
     */
    public static RefreshTask purge(String... urls) {
        return of(TaskKind.URL, Arrays.stream(urls).map(Target::url).toList());
    }

    /**
     * A fetch of URLs into the caches.
     *
     * @throws InvalidTargetException if one is no URL
     */
    public static RefreshTask preload(String... urls) {
        return of(TaskKind.PRELOAD, Arrays.stream(urls).map(Target::url).toList());
    }

    /**
     * A purge of everything below directories.
     *
     * @throws InvalidTargetException if one is no prefix
     */
    public static RefreshTask purgePrefix(String... prefixes) {
        return of(TaskKind.PREFIX, Arrays.stream(prefixes).map(Target::prefix).toList());
    }

    /** A task of any kind with default options. */
    public static RefreshTask of(TaskKind kind, List<Target> targets) {
        return new RefreshTask(kind, targets, TaskOptions.DEFAULTS, "", "");
    }

    /** The same task done in another way. */
    public RefreshTask withOptions(TaskOptions newOptions) {
        return new RefreshTask(kind, targets, newOptions, tenant, trace);
    }

    /** The same task of a tenant. */
    public RefreshTask withTenant(String newTenant) {
        return new RefreshTask(kind, targets, options, newTenant, trace);
    }

    /** The same task in a trace. */
    public RefreshTask withTrace(String newTrace) {
        return new RefreshTask(kind, targets, options, tenant, newTrace);
    }

    /** Whether every (device, target) pair with this outcome has what the task asks for. */
    public boolean isSatisfiedBy(Outcome outcome) {
        return outcome.satisfies(kind, options.mode(), options.verify());
    }
}
