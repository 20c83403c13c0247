// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;

/** Makes tasks in memory of rows that are committed: their plan and their deadline. Confined to its lane. */
final class Poller {
    private final LaneParts parts;

    Poller(LaneParts parts) {
        this.parts = parts;
    }

    LiveTask enter(TaskRow row, long nowNanos) {
        TaskOptions options = row.task().options();
        Instant notBefore = options.notBefore();
        Instant start = notBefore != null && notBefore.isAfter(row.acceptedAt()) ? notBefore : row.acceptedAt();
        Instant deadline = start.plus(options.deadline());
        long left = deadline.toEpochMilli() - parts.clock().now().toEpochMilli();
        return new LiveTask(
                row,
                parts.epoch(),
                parts.devices().view().steps(row.devices()),
                deadline,
                nowNanos + Math.max(0, left) * 1_000_000);
    }
}
