// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Unfinished tasks of one URL, as intake would make them for one device. Not thread-safe. */
final class NewRows {
    private static final Duration AHEAD = Duration.ofHours(2);

    private final EngineEpoch engine;
    private final DeviceSet devices;
    private final long firstMillis = System.currentTimeMillis();
    private long made;

    NewRows(EngineEpoch engine, DeviceSet devices) {
        this.engine = engine;
        this.devices = devices;
    }

    List<TaskRow> next(int count) {
        List<TaskRow> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long number = made++;
            // 4,096 ids a millisecond
            long millis = firstMillis - TaskId.EPOCH_MILLIS + (number >> 12);
            // ahead, so that on a slow machine none meets its deadline before the last restart was measured
            Instant at = Instant.ofEpochMilli(firstMillis).plus(AHEAD);
            TaskStatus status = new TaskStatus(
                    engine.version(0), TaskState.RUNNING, 0, OutcomeCounts.pending(1), 0, new byte[0], null, null);
            RefreshTask task = RefreshTask.purge(
                    "https://www.example.com/assets/site/image-" + Long.toHexString(number | 1L << 60) + ".jpg");
            rows.add(new TaskRow(
                    new TaskId(millis << 22 | engine.engine() << 12 | number & 4_095),
                    engine,
                    task,
                    devices,
                    at,
                    at,
                    null,
                    status));
        }
        return rows;
    }
}
