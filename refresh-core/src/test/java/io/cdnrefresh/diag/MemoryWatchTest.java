// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.cdnrefresh.diag.MemoryFault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Maps that grow on purpose, and maps that only look like it. */
class MemoryWatchTest {
    private final AtomicLong nanos = new AtomicLong();
    private final MemoryWatch watch = new MemoryWatch(nanos::get);
    private final Map<Integer, String> map = new HashMap<>();

    private List<MemoryFault> afterMinutes(int minutes, IntConsumer eachSecond) {
        List<MemoryFault> faults = new ArrayList<>();
        for (int second = 0; second < minutes * 60; second++) {
            eachSecond.accept(second);
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            faults.addAll(watch.sample());
        }
        return faults;
    }

    @Test
    void sample_mapThatLosesOneEntryInAHundred_isFoundAsGrowing() {
        watch.watch("leaky_map", 100_000, map::size);
        List<MemoryFault> faults = afterMinutes(12, second -> {
            for (int i = second * 100; i < second * 100 + 100; i++) {
                map.put(i, "x");
            }
            // the entries of a minute ago leave again, but for one
            map.keySet().removeIf(key -> key < (second - 60) * 100 && key % 100 != 0);
        });
        assertThat(faults).isNotEmpty().allSatisfy(fault -> {
            assertThat(fault.kind()).isEqualTo(Kind.GROWS);
            assertThat(fault.name()).isEqualTo("leaky_map");
            assertThat(fault.detail()).contains("rose from");
        });
    }

    @Test
    void sample_sizeThatSwings_isNoLeak() {
        watch.watch("swinging_map", 10_000, map::size);
        List<MemoryFault> faults = afterMinutes(30, second -> {
            map.put(second, "x");
            if (second % 150 == 149) {
                map.clear();
            }
        });
        assertThat(faults).isEmpty();
    }

    @Test
    void sample_oneStepUp_isNoLeak() {
        watch.watch("stepping_map", 10_000, map::size);
        List<MemoryFault> faults = afterMinutes(30, second -> {
            if (second % 600 == 300) {
                // three steps in all, each far larger than what counts as growth
                int size = map.size();
                for (int i = size; i < size + 1_000; i++) {
                    map.put(i, "x");
                }
            }
        });
        assertThat(map).hasSize(3_000);
        assertThat(faults).isEmpty();
    }

    @Test
    void sample_nearlyFullAndOverItsBound_isTold() {
        AtomicLong depth = new AtomicLong(89);
        watch.watch("queue", 100, depth::get);
        assertThat(watch.sample()).isEmpty();
        depth.set(90);
        assertThat(watch.sample()).containsExactly(new MemoryFault(Kind.NEARLY_FULL, "queue", "90 of at most 100"));
        depth.set(101);
        assertThat(watch.sample()).containsExactly(new MemoryFault(Kind.OVER_BOUND, "queue", "101 of at most 100"));
    }

    @Test
    void watch_withoutBound_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch.watch("endless", 0, () -> 0))
                .withMessageContaining("endless bound: 0");
    }
}
