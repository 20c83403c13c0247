// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The named figures of one engine. Thread-safe.
 *
 * <p>Every part registers its gauges and meters once, while the engine is put together; each exists from then on, at 0
 * until something happens. Marking a meter takes no lock of the registry.
 */
public final class StatsRegistry {
    private final LongSupplier nanos;
    private final Map<String, LongSupplier> gauges = new LinkedHashMap<>();
    private final Map<String, RateMeter> meters = new LinkedHashMap<>();

    /** Creates a registry whose meters read monotonic time in nanoseconds from {@code nanos}. */
    public StatsRegistry(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Registers a figure that is read when somebody asks. The supplier is called on any thread, must not block, and
     * must not call the registry.
     *
     * @throws IllegalArgumentException if the name is taken
     */
    public synchronized void gauge(String name, LongSupplier value) {
        requireFree(name);
        gauges.put(name, value);
    }

    /**
     * Registers a meter.
     *
     * @throws IllegalArgumentException if the name is taken
     */
    public synchronized RateMeter meter(String name) {
        requireFree(name);
        RateMeter meter = new RateMeter(nanos);
        meters.put(name, meter);
        return meter;
    }

    private void requireFree(String name) {
        if (gauges.containsKey(name) || meters.containsKey(name)) {
            throw new IllegalArgumentException("stats: " + name + " (expected: a name that is not taken)");
        }
    }

    /** All figures; {@code at} is the wall clock. */
    public synchronized StatsSnapshot snapshot(Instant at) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        gauges.forEach((name, value) -> numbers.put(name, value.getAsLong()));
        Map<String, Rates> rates = new LinkedHashMap<>();
        meters.forEach((name, meter) -> rates.put(name, meter.rates()));
        return new StatsSnapshot(at, numbers, rates);
    }
}
