// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import java.util.Locale;

/**
 * One entry of the ledger: a thread has taken a lock and not given it back. Immutable.
 *
 * @param id random, names the acquisition in what people read
 * @param lock what was taken
 * @param thread by whom
 * @param sinceNanos when, by the ledger's clock
 * @param at by which line of code
 * @param ledger where it is entered
 */
record Acquisition(
        long id, TracedLock lock, Thread thread, long sinceNanos, StackWalker.StackFrame at, LockLedger ledger) {
    String line() {
        return line(at);
    }

    static String line(StackWalker.StackFrame frame) {
        return frame.toStackTraceElement().toString();
    }

    /** Whether the thread is in the method that took the lock, or has it on its stack. */
    boolean isStillThere(StackTraceElement[] stack) {
        for (StackTraceElement element : stack) {
            if (element.getMethodName().equals(at.getMethodName())
                    && element.getClassName().equals(at.getClassName())) {
                return true;
            }
        }
        return false;
    }

    String describe(long nowNanos) {
        return String.format(
                Locale.ROOT,
                "held for %d ms by %s id=%016x taken at %s",
                (nowNanos - sinceNanos) / 1_000_000,
                thread.getName(),
                id,
                line());
    }
}
