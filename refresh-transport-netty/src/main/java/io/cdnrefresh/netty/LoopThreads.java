// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the threads of the loops and waits for their end. Thread-safe. */
final class LoopThreads {
    private final List<Thread> started = new CopyOnWriteArrayList<>();

    /** Names threads {@code name-1}, {@code name-2}, …; just {@code name} where there is one only and it accepts. */
    ThreadFactory factory(String name, int count) {
        AtomicInteger next = new AtomicInteger();
        boolean isSingle = count == 1 && name.endsWith("accept");
        return task -> {
            String full = isSingle ? name : name + '-' + next.incrementAndGet();
            Thread thread = new FastThreadLocalThread(task, full);
            thread.setDaemon(false);
            started.add(thread);
            return thread;
        };
    }

    /** Waits for every thread but the caller's; false if one is left at the deadline or the caller was interrupted. */
    boolean join(long deadlineNanos) {
        for (Thread thread : started) {
            if (thread == Thread.currentThread()) {
                continue;
            }
            try {
                while (thread.isAlive()) {
                    long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
                    if (leftMillis <= 0) {
                        return false;
                    }
                    thread.join(leftMillis);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return alive().isEmpty();
    }

    /** Names of the threads that still run. */
    List<String> alive() {
        return started.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }
}
