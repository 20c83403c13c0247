// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import io.cdnrefresh.goals.ProcessCpu;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;

/** Runs work on several threads at once and says what it took, put-off work included. */
final class Producers {
    /**
     * @param wallNanos from the first start to the last end, settling included
     * @param cpuNanos of the whole process, settling included
     */
    record Took(long wallNanos, long cpuNanos) {
        double[] perSecondAndNanos(long operations) {
            return new double[] {operations * 1e9 / wallNanos, (double) cpuNanos / operations};
        }
    }

    private Producers() {}

    /**
     * Runs it.
     *
     * @param work takes the producer's number
     * @param settle runs when all are done, and counts
     */
    static Took run(int producers, IntConsumer work, Runnable settle) {
        CountDownLatch ready = new CountDownLatch(producers);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(producers);
        CountDownLatch end = new CountDownLatch(1);
        long[] startNanos = new long[producers];
        Thread[] threads = new Thread[producers];
        for (int p = 0; p < producers; p++) {
            int number = p;
            threads[p] = new Thread(
                    () -> {
                        ready.countDown();
                        await(go);
                        startNanos[number] = System.nanoTime(); // here: whoever releases may lose its core at once
                        work.accept(number);
                        done.countDown();
                        await(end); // a thread that has ended is not in the process's processor time
                    },
                    "producer-" + p);
            threads[p].start();
        }
        await(ready);
        long cpuBefore = ProcessCpu.nanos();
        go.countDown();
        await(done);
        settle.run();
        long endNanos = System.nanoTime();
        long cpuNanos = ProcessCpu.nanos() - cpuBefore;
        end.countDown();
        long wallNanos = 0;
        for (int p = 0; p < producers; p++) {
            wallNanos = Math.max(wallNanos, endNanos - startNanos[p]);
            try {
                threads[p].join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return new Took(wallNanos, cpuNanos);
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
