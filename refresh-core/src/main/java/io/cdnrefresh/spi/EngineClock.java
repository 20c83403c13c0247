// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/** The only source of time. Thread-safe and cheap: called once per duty cycle of every stage. */
public interface EngineClock {
    /** Monotonic nanoseconds with an arbitrary origin; compare by subtraction. For every wait and deadline. */
    long nanos();

    /** Wall clock. Only for what is stored or shown. */
    Instant now();

    /** The clocks of the operating system. */
    static EngineClock system() {
        return SystemClock.INSTANCE;
    }
}
