// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

/**
 * What is wrong with a lock. Immutable.
 *
 * @param kind what it is
 * @param lock the lock's name
 * @param detail who, since when, at which lines of code
 */
public record LockFault(Kind kind, String lock, String detail) {
    /** What may be wrong. */
    public enum Kind {
        /** Held for longer than the limit by code that is still at it. */
        HELD_LONG("lock-held"),
        /** Held by a thread that has left the code that took it, or has ended. */
        FORGOTTEN("lock-forgotten"),
        /** Taken in one order here and in the other there: two threads may wait for each other for ever. */
        ORDER("lock-order"),
        /** Threads wait for each other for ever. */
        DEADLOCK("lock-deadlock");

        private final String alert;

        Kind(String alert) {
            this.alert = alert;
        }

        /** The name of the alert that tells of it. */
        public String alert() {
            return alert;
        }
    }
}
