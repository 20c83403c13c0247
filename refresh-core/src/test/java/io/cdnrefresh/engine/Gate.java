// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Where calls of a dependency stop while it is shut. Thread-safe. */
final class Gate {
    private volatile CountDownLatch latch = new CountDownLatch(0);
    private final AtomicInteger stopped = new AtomicInteger();

    void shut() {
        latch = new CountDownLatch(1);
    }

    void open() {
        latch.countDown();
    }

    /** Calls that stand before the gate now. */
    int stopped() {
        return stopped.get();
    }

    void pass() {
        stopped.incrementAndGet();
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            stopped.decrementAndGet();
        }
    }

    /** The target, with this gate before the calls that {@code isGuarded} names. */
    @SuppressWarnings("unchecked")
    <T> T before(T target, Predicate<String> isGuarded, Class<?>... faces) {
        return (T) Proxy.newProxyInstance(Gate.class.getClassLoader(), faces, (proxy, method, arguments) -> {
            if (isGuarded.test(method.getName())) {
                pass();
            }
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
