// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.queues;

import com.sun.management.ThreadMXBean;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.ProcessCpu;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/** The process of one candidate: hands events over and tells rate, processor time and allocation, or idles. */
final class QueueWork {
    private static final int MAX_PRODUCERS = 8;
    private static final Object EVENT = new Object();

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Map<Integer, Candidate> bySize = new HashMap<>();
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Thread[] producers = new Thread[MAX_PRODUCERS];
    private final String name;

    private QueueWork(String name) {
        this.name = name;
        for (int i = 0; i < MAX_PRODUCERS; i++) {
            producers[i] = new Thread(this::produce, "producer-" + i);
            producers[i].setDaemon(true);
            producers[i].start();
        }
    }

    /** Takes the candidate's name. */
    public static void main(String[] arguments) throws IOException {
        Fork.serve(new QueueWork(arguments[0])::answer);
    }

    private void produce() {
        try {
            while (true) {
                work.take().run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code run producers size events}, or {@code idle size millis}. */
    private double[] answer(String command) {
        String[] words = command.split(" ", -1);
        try {
            return words[0].equals("run")
                    ? run(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]))
                    : idle(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Candidate candidate(int size) {
        return bySize.computeIfAbsent(size, any -> Candidate.of(name, size));
    }

    /** Events a second until the consumer has all; processor nanoseconds and bytes of all threads for each. */
    private double[] run(int count, int size, int events) throws InterruptedException {
        Candidate queue = candidate(size);
        int each = events / count;
        long end = queue.seen() + (long) each * count;
        long[] starts = new long[count];
        CyclicBarrier barrier = new CyclicBarrier(count);
        long cpu = ProcessCpu.nanos();
        long bytes = allocated(queue);
        for (int p = 0; p < count; p++) {
            int producer = p;
            work.put(() -> {
                await(barrier);
                starts[producer] = System.nanoTime();
                for (int i = 0; i < each; i++) {
                    while (!queue.offer(EVENT)) {
                        LockSupport.parkNanos(1); // what the Disruptor does while there is no room
                    }
                }
            });
        }
        while (queue.seen() < end) {
            LockSupport.parkNanos(20_000);
        }
        long finish = System.nanoTime();
        long first = finish;
        for (long start : starts) {
            first = Math.min(first, start);
        }
        double all = (double) each * count;
        return new double[] {
            all * 1e9 / (finish - first), (ProcessCpu.nanos() - cpu) / all, (allocated(queue) - bytes) / all
        };
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private long allocated(Candidate queue) {
        long bytes = queue.consumer() == 0 ? 0 : threads.getThreadAllocatedBytes(queue.consumer());
        for (Thread producer : producers) {
            bytes += threads.getThreadAllocatedBytes(producer.getId());
        }
        return bytes;
    }

    /** Share of one processor that the consumer uses while nothing comes. */
    private double[] idle(int size, int millis) throws InterruptedException {
        long consumer = candidate(size).consumer();
        long before = threads.getThreadCpuTime(consumer);
        Thread.sleep(millis); // the span that is measured: nothing may happen in it
        return new double[] {(threads.getThreadCpuTime(consumer) - before) / (millis * 1e6)};
    }
}
