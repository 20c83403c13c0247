// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    @Test
    void advance_acrossTheWrap_movesBothClocksAlike() {
        ManualClock clock = new ManualClock(Long.MAX_VALUE - 1);
        long before = clock.nanos();
        clock.advance(Duration.ofSeconds(3));
        assertThat(clock.nanos() - before).isEqualTo(3_000_000_000L);
        assertThat(clock.nanos()).isNegative();
        assertThat(clock.now()).isEqualTo(ManualClock.START.plusSeconds(3));
    }

    @Test
    void setNow_back_leavesMonotonicTimeAlone() {
        ManualClock clock = new ManualClock();
        clock.setNow(ManualClock.START.minusSeconds(60));
        assertThat(clock.nanos()).isZero();
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).hasMessageContaining("expected");
    }
}
