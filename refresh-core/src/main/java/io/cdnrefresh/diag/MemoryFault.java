// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

/**
 * A queue or map that may be a leak. Immutable.
 *
 * @param kind what it is
 * @param name of the queue or map, as in the stats
 * @param detail its size, its bound, and how it grew
 */
public record MemoryFault(Kind kind, String name, String detail) {
    /** What may be wrong. */
    public enum Kind {
        /** Its least size has risen from minute to minute: what goes in does not come out. */
        GROWS("memory-grows"),
        /** Nearly at its bound: what comes is about to be refused. */
        NEARLY_FULL("memory-nearly-full"),
        /** Over its bound: the bound does not hold. */
        OVER_BOUND("memory-over-bound");

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
