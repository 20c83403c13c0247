// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

import com.codahale.metrics.Clock;
import com.codahale.metrics.Meter;
import java.util.function.LongSupplier;

/** Counts events and tells their rate. Thread-safe; {@link #mark} never waits for another caller. */
public final class RateMeter {
    private final Meter meter;

    /** Creates a meter that reads monotonic time in nanoseconds from {@code nanos}. */
    RateMeter(LongSupplier nanos) {
        meter = new Meter(new Clock() {
            @Override
            public long getTick() {
                return nanos.getAsLong();
            }
        });
    }

    /** One event. */
    public void mark() {
        meter.mark();
    }

    /** Several events. */
    public void mark(long events) {
        meter.mark(events);
    }

    /** The rates at this moment; in the moment of the start, when no time has passed yet, the average is 0. */
    public Rates rates() {
        double mean = meter.getMeanRate();
        return new Rates(
                meter.getOneMinuteRate(),
                meter.getFiveMinuteRate(),
                meter.getFifteenMinuteRate(),
                Double.isFinite(mean) ? mean : 0,
                meter.getCount());
    }
}
