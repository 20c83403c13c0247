// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ExitEvent;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.SharedStore;
import io.cdnrefresh.spi.StoreException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shutdown: stops the stages front to back within a deadline and notes what each had left. Each step has a share of what
 * is left of the deadline, so that one that is stuck leaves the savers behind it their time.
 */
final class StageStop {
    private static final Logger logger = LoggerFactory.getLogger(StageStop.class);
    private static final long LOOK_NANOS = 1_000_000;

    private final EngineSetup setup;
    private final EngineWorkers workers;
    private final Runnable pump;
    private final long end;
    private final Map<String, Integer> left = new LinkedHashMap<>();

    /** {@code pump} lets an engine without threads do what it can do now. */
    StageStop(EngineSetup setup, EngineWorkers workers, Runnable pump, Duration deadline) {
        this.setup = setup;
        this.workers = workers;
        this.pump = pump;
        end = setup.clock().nanos() + deadline.toNanos();
    }

    /** The thread that waits for the store, if there is one, has been told to end. */
    void starter(@Nullable Thread starter) {
        if (starter == null || starter == Thread.currentThread()) {
            return;
        }
        LockSupport.unpark(starter);
        try {
            starter.join(share(4).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops everything that belongs to one epoch. */
    void stages(EngineCore running) {
        running.recovery.stop();
        // New tasks are refused by now: those that are on their way into the store get their answers.
        awaitInput(running.intake);
        onEveryLane(running, lane -> lane.pushEverything());
        queue("feed", running.feed.queue(), share(4));
        setup.transport().shutdown(share(3));
        // The last reports are in the lanes' queues. What is owed needs no parking: its rows say so, and a restart
        // reads them.
        onEveryLane(running, lane -> lane.finish());
        setup.timer().stop();
        // Savers before lanes: what they commit is still told to the lanes, and by them to the notifier.
        long saversEnd = end - rest().toNanos() / 5;
        for (int i = 0; i < running.savers.length; i++) {
            left.put("saver-" + i, running.savers[i].stop(until(saversEnd)));
        }
        boolean haveEnded = true;
        for (int i = 0; i < running.lanes.length; i++) {
            StageQueue<LaneEvent> queue = running.lanes[i].queue();
            queue("lane-" + i, queue, share(2));
            haveEnded &= queue.isTerminated();
        }
        // Lanes that have ended let others look at their tasks.
        left.put("tasks", haveEnded ? running.unfinished() : (int) running.table.size());
        left.put("notify", workers.notifier.workers().stop(share(2)));
        if (workers.callbacks != null) {
            left.put("callbacks", workers.callbacks.stop(share(2)));
        }
        handOver(running);
        leaveOthers();
    }

    /** Stops what outlives an epoch; what all had left. */
    Map<String, Integer> workers() {
        left.put("house", workers.house.stop(share(3)));
        workers.audits.tick();
        left.put("queries", workers.queries.stop(share(3)));
        queue("alerts", workers.alerts.queue(), share(2));
        workers.notifier.abandon();
        left.values().removeIf(count -> count == 0);
        workers.events.publish(new ExitEvent(left));
        queue("events", workers.events.queue(), rest());
        left.values().removeIf(count -> count == 0);
        return left;
    }

    private void awaitInput(TaskIntake intake) {
        pump.run();
        long last = setup.clock().nanos() + share(4).toNanos();
        while (intake.underWay() > 0 && isBefore(last)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Lets every lane do something after all that it has been told before; asks again while the answer is no. */
    private void onEveryLane(EngineCore running, Predicate<Lane> step) {
        CountDownLatch done = new CountDownLatch(running.lanes.length);
        long last = setup.clock().nanos() + share(4).toNanos();
        for (Lane lane : running.lanes) {
            LaneEvent event = new LaneEvent() {
                @Override
                public void on(Lane own) {
                    // no = the feed has no room now
                    if (step.test(own) || !isBefore(last) || !own.queue().offer(this)) {
                        done.countDown();
                    }
                }
            };
            while (!lane.queue().offer(event) && isBefore(last)) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
        pump.run();
        try {
            if (!done.await(until(last).toMillis(), TimeUnit.MILLISECONDS)) {
                logger.warn("lanes did not finish in time left={}", done.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isBefore(long nanos) {
        return setup.clock().nanos() - nanos < 0;
    }

    /** Another engine goes on with what is left, at once; without one, the next life of this one does. */
    private void handOver(EngineCore running) {
        if (!(setup.stores().registry() instanceof SharedStore shared)) {
            return;
        }
        try {
            int tasks = shared.handOver(running.epoch);
            if (tasks >= 0) {
                logger.info("handed over tasks={}", tasks);
            }
        } catch (StoreException e) {
            logger.warn("not handed over, the others wait for the lease to end cause={}", e.getMessage());
        }
    }

    private void leaveOthers() {
        try {
            setup.coordinator()
                    .election()
                    .resign()
                    .toCompletableFuture()
                    .get(share(4).toMillis(), TimeUnit.MILLISECONDS);
            setup.coordinator()
                    .membership()
                    .leave()
                    .toCompletableFuture()
                    .get(share(4).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.warn("leases run out by themselves cause={}", e.getMessage());
        }
    }

    private void queue(String name, StageQueue<?> queue, Duration share) {
        left.put(name, queue.stop(share));
    }

    /** One of so many equal parts of what is left of the deadline. */
    private Duration share(int parts) {
        return until(end - rest().toNanos() / parts * (parts - 1));
    }

    private Duration rest() {
        return until(end);
    }

    /** At least some milliseconds: a stage that is idle needs them to end. */
    private Duration until(long nanos) {
        return Duration.ofNanos(Math.max(5_000_000, nanos - setup.clock().nanos()));
    }
}
