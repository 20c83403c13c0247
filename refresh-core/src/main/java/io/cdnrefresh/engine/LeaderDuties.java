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

    private final TaskStore store;
    private final EngineClock clock;
    private final Duration retention;

    LeaderDuties(TaskStore store, EngineClock clock, Duration retention) {
        this.store = store;
        this.clock = clock;
        this.retention = retention;
    }

    /** Deletes what retention has outlived; a bounded amount at a time. */
    void retire(EngineEpoch epoch) {
        store.retire(epoch, clock.now().minus(retention), LIMIT);
    }
}
