// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks a list shows. Immutable; null and empty ask nothing.
 *
 * @param tenant whose tasks; null = everybody's
 * @param state in this state
 * @param kind of this kind
 * @param host with a target of this host, in identity form
 * @param labelKey with this label
 * @param labelValue and this value of it; means nothing without {@code labelKey}
 * @param since accepted at this time or later
 */
public record TaskFilter(
        @Nullable String tenant,
        @Nullable TaskState state,
        @Nullable TaskKind kind,
        @Nullable String host,
        @Nullable String labelKey,
        @Nullable String labelValue,
        @Nullable Instant since) {
    /** Every task. */
    public static final TaskFilter ANY = new TaskFilter(null, null, null, null, null, null, null);

    /** Whether the filter lets the task through. */
    public boolean matches(TaskRow row) {
        RefreshTask task = row.task();
        return (tenant == null || tenant.equals(task.tenant()))
                && (state == null || state == row.status().state())
                && (kind == null || kind == task.kind())
                && (since == null || !row.acceptedAt().isBefore(since))
                && (host == null
                        || task.targets().stream()
                                .anyMatch(target -> target.host().equals(host)))
                && hasLabel(task.options().labels());
    }

    private boolean hasLabel(Map<String, String> labels) {
        if (labelKey == null) {
            return true;
        }
        String value = labels.get(labelKey);
        return value != null && (labelValue == null || labelValue.equals(value));
    }
}
