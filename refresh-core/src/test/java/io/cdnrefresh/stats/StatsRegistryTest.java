// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StatsRegistryTest {
    private final AtomicLong nanos = new AtomicLong();
    private final StatsRegistry registry = new StatsRegistry(nanos::get);

    @Test
    void snapshot_gaugeChanges_showsTheValueOfTheMomentInOrder() {
        AtomicLong depth = new AtomicLong(3);
        registry.gauge("z_queue", depth::get);
        registry.gauge("a_queue", () -> 7);
        depth.set(4);

        StatsSnapshot snapshot = registry.snapshot(Instant.EPOCH);

        assertThat(snapshot.numbers()).containsExactly(Map.entry("z_queue", 4L), Map.entry("a_queue", 7L));
        assertThat(snapshot.at()).isEqualTo(Instant.EPOCH);
    }

    @Test
    void rates_steadyTenPerSecond_allTellTen() {
        RateMeter meter = registry.meter("qps");
        for (int second = 0; second < 3_600; second++) {
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
            meter.mark(10);
        }

        Rates rates = requireNonNull(registry.snapshot(Instant.EPOCH).meters().get("qps"));

        assertThat(rates.count()).isEqualTo(36_000);
        assertThat(rates.avg()).isCloseTo(10, within(0.01));
        assertThat(rates.m1()).isCloseTo(10, within(0.1));
        assertThat(rates.m5()).isCloseTo(10, within(0.1));
        assertThat(rates.m15()).isCloseTo(10, within(0.5));
    }

    @Test
    void rates_nothingHappened_areZero() {
        assertThat(registry.meter("qps").rates()).isEqualTo(new Rates(0, 0, 0, 0, 0));
    }

    @Test
    void gauge_nameTaken_isRefused() {
        registry.meter("x");
        assertThatThrownBy(() -> registry.gauge("x", () -> 0)).hasMessageContaining("stats: x");
    }
}
