// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.tasks;

import io.cdnrefresh.engine.EngineTasks;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The process of one candidate. Commands: {@code fill} enters the tasks, has every device's state of each be one of three
 * (pending, applied, proven), and answers bytes of heap a task; {@code report} answers reports a second, by two threads that
 * own half of the tasks each, on random tasks by random devices.
 */
final class TableWork {
    private static final int DEVICES = 1_000;
    private static final int THREADS = 2;
    /** Reports of one device that come together. */
    private static final int BATCH = 64;

    private static final int BATCHES = 5_000;

    private final Tasks tasks;
    private final int count;
    private int round;

    private TableWork(String candidate, int count) {
        this.count = count;
        tasks = switch (candidate) {
            case "table" -> new EngineTasks(DEVICES);
            case "objects" -> new PlainTasks(DEVICES, false);
            case "objects-shared-set" -> new PlainTasks(DEVICES, true);
            default -> throw new IllegalArgumentException("candidate: " + candidate);
        };
    }

    private static Report report(long id, boolean isFinal) {
        Outcome outcome = isFinal ? Outcome.VERIFIED : Outcome.PURGED;
        return new Report(new TaskId(id), 0, 1, isFinal, outcome, List.of(), Instant.EPOCH);
    }

    /** Takes the candidate's name and the number of tasks. */
    public static void main(String[] arguments) throws IOException {
        TableWork work = new TableWork(arguments[0], Integer.parseInt(arguments[1]));
        Fork.serve(command -> switch (command) {
            case "fill" -> work.fill();
            case "report" -> work.reports();
            default -> throw new IllegalArgumentException("command: " + command);
        });
    }

    /** Ids rise as those of one engine do: milliseconds, engine, sequence. */
    private static long id(int task) {
        return (1L << 60) + ((long) (task >> 8) << 22) + (1L << 12) + (task & 0xff);
    }

    private double[] fill() {
        long before = heap();
        onThreads(thread -> {
            for (int i = 0; i < count; i++) {
                long id = id(i);
                int lane = tasks.lane(id);
                if (lane == thread || lane < 0 && i % THREADS == thread) {
                    tasks.enter(id);
                    tasks.report(i % DEVICES, List.of(report(id, false)));
                    tasks.report((i + 500) % DEVICES, List.of(report(id, true)));
                }
            }
        });
        return new double[] {(heap() - before) / (double) count};
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private double[] reports() {
        List<List<List<Report>>> batches = new ArrayList<>();
        round++;
        for (int thread = 0; thread < THREADS; thread++) {
            batches.add(batches(thread));
        }
        long start = System.nanoTime();
        onThreads(thread -> {
            int changed = 0;
            SplittableRandom random = new SplittableRandom(round);
            for (List<Report> batch : batches.get(thread)) {
                changed += tasks.report(random.nextInt(DEVICES), batch);
            }
            if (changed == 0) {
                throw new IllegalStateException("no report changed anything");
            }
        });
        return new double[] {(double) BATCHES * BATCH * THREADS / (System.nanoTime() - start) * 1e9};
    }

    /** Reports on random tasks that are the thread's. */
    private List<List<Report>> batches(int thread) {
        SplittableRandom random = new SplittableRandom(round * 10L + thread);
        List<List<Report>> batches = new ArrayList<>(BATCHES);
        while (batches.size() < BATCHES) {
            boolean isFinal = random.nextBoolean();
            List<Report> batch = new ArrayList<>(BATCH);
            while (batch.size() < BATCH) {
                long id = id(random.nextInt(count));
                int lane = tasks.lane(id);
                if (lane < 0 || lane == thread) {
                    batch.add(report(id, isFinal));
                }
            }
            batches.add(batch);
        }
        return batches;
    }

    /** What one of the threads does. */
    private interface Share {
        void run(int thread);
    }

    private static void onThreads(Share share) {
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            threads[i] = new Thread(() -> share.run(thread), "share-" + i);
            threads[i].start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
