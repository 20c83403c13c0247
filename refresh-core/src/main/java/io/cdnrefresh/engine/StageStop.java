// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.ring.StageQueue;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One shutdown: stops the stages front to back within a deadline and notes what each had left. */
final class StageStop {
    private static final Logger logger = LoggerFactory.getLogger(StageStop.class);

    private final EngineSetup setup;
    private final long end;
    private final Map<String, Integer> left;

    StageStop(EngineSetup setup, long end, Map<String, Integer> left) {
        this.setup = setup;
        this.end = end;
        this.left = left;
    }

    /** Stops everything that belongs to one epoch. */
    void stages(EngineCore running, Notifier notifier) {
        running.recovery.stop();
        // the savers behind it need their share of the time
        setup.transport().shutdown(rest().dividedBy(3));
        queue("feed", running.feed.queue());
        flushLanes(running);
        // Savers before lanes: what they commit is still told to the lanes, and by them to the notifier.
        for (int i = 0; i < running.savers.length; i++) {
            left.put("saver-" + i, running.savers[i].stop(rest()));
        }
        for (int i = 0; i < running.lanes.length; i++) {
            queue("lane-" + i, running.lanes[i].queue());
        }
        queue("notify", notifier.queue());
        // The lanes have ended: nobody else looks at the table.
        long unfinished = setup.timer().stop().stream()
                .filter(armed -> armed.kind() == LaneParts.TASK_TIMER)
                .map(armed -> running.table.get(armed.payload()))
                .filter(live -> live != null && !live.state.isFinal())
                .count();
        left.put("tasks", (int) unfinished);
        leaveOthers();
    }

    /** Every lane answers those who wait and hands every change to its saver. */
    private void flushLanes(EngineCore running) {
        CountDownLatch flushed = new CountDownLatch(running.lanes.length);
        for (Lane lane : running.lanes) {
            lane.queue().put(l -> {
                l.finish();
                flushed.countDown();
            });
        }
        try {
            if (!flushed.await(rest().toMillis(), TimeUnit.MILLISECONDS)) {
                logger.warn("lanes did not finish in time left={}", flushed.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leaveOthers() {
        try {
            setup.coordinator()
                    .election()
                    .resign()
                    .toCompletableFuture()
                    .get(Math.max(1, rest().toMillis()), TimeUnit.MILLISECONDS);
            setup.coordinator()
                    .membership()
                    .leave()
                    .toCompletableFuture()
                    .get(Math.max(1, rest().toMillis()), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.warn("leases run out by themselves cause={}", e.getMessage());
        }
    }

    void queue(String name, StageQueue<?> queue) {
        left.put(name, queue.stop(rest()));
    }

    /** What is left of the deadline, at least a millisecond. */
    Duration rest() {
        return Duration.ofNanos(Math.max(1_000_000, end - setup.clock().nanos()));
    }
}
