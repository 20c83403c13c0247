// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.SharedStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A drain while others live: the stages are stopped in order on a thread of their own and what is unfinished is given to
 * another engine, as at the end of the process. Thread-safe.
 */
final class HandOver {
    private static final Logger logger = LoggerFactory.getLogger(HandOver.class);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final EngineSetup setup;
    private final EngineWorkers workers;
    private final Runnable pump;
    private final Relay.Others others;
    private final Runnable after;
    private volatile @Nullable Thread thread;

    /** {@code pump} lets an engine without threads do what it can do now; {@code after} is run when all is done. */
    HandOver(EngineSetup setup, EngineWorkers workers, Runnable pump, Relay.Others others, Runnable after) {
        this.after = after;
        this.setup = setup;
        this.workers = workers;
        this.pump = pump;
        this.others = others;
    }

    /** Begins unless this engine is alone; whether it has. Called once. */
    boolean begin(EngineCore running) {
        if (others.members().size() < 2 || !(setup.stores().registry() instanceof SharedStore)) {
            return false;
        }
        Thread started = new Thread(() -> run(running), "engine-drain");
        started.setDaemon(true);
        thread = started;
        started.start();
        return true;
    }

    private void run(EngineCore running) {
        StageStop stop = new StageStop(setup, workers, pump, DEADLINE);
        stop.stages(running);
        logger.info("engine has drained");
        after.run();
    }

    /** Waits for the end of what was begun. */
    void await(Duration patience) {
        Thread begun = thread;
        if (begun != null) {
            try {
                begun.join(Math.max(1, patience.toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
