// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks a list shows. Immutable; null and empty ask nothing.
 *
 * @param tenant whose tasks; null = everybody's
 * @param state in this state
 * @param kind of this kind
 * @param host with a target of this host, in identity form
 * @param labelKey with this label
 * @param labelValue and this value of it
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
}
