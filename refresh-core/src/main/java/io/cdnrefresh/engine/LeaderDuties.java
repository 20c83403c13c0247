// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.TaskStore;
import java.time.Duration;

/** What only one engine at a time needs to do. Harmless when two do it. Blocks; query threads only. */
final class LeaderDuties {
    private static final int LIMIT = 1_000;
    /** Half of the time between two calls: whatever comes in can be deleted again, and the writers have their share. */
    private static final long WORK_NANOS = 5_000_000_000L;

    private final TaskStore store;
    private final EngineClock clock;
    private final Duration retention;

    LeaderDuties(TaskStore store, EngineClock clock, Duration retention) {
        this.store = store;
        this.clock = clock;
        this.retention = retention;
    }

    /** Deletes what retention has outlived, in small transactions, until nothing is left or the time is up. */
    void retire(EngineEpoch epoch) {
        long started = clock.nanos();
        int deleted;
        do {
            deleted = store.retire(epoch, clock.now().minus(retention), LIMIT);
        } while (deleted >= LIMIT && clock.nanos() - started < WORK_NANOS);
    }
}
