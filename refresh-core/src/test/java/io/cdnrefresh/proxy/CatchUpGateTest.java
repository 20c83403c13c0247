// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.spi.Standing.Word;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CatchUpGateTest {
    private static final long SECOND = 1_000_000_000L;

    private final EngineLink one = new EngineLink(new EngineEpoch(1, 1), "a:1", 1);
    private final EngineLink two = new EngineLink(new EngineEpoch(2, 1), "b:1", 2);
    private long now = -5;

    private CatchUpGate gate(boolean withdraws) {
        return new CatchUpGate(Duration.ofMinutes(5), withdraws, now);
    }

    private void tell(CatchUpGate gate, EngineLink link, Word word, int engines) {
        gate.told(link, new Standing(word, engines), now);
    }

    @Test
    void isOpen_caughtUpWithOneOfTwoEngines_isRedUntilTheOther() {
        CatchUpGate gate = gate(false);
        assertThat(gate.isOpen(now)).isFalse();
        gate.joined(one, now);
        tell(gate, one, Word.CAUGHT_UP, 2);
        assertThat(gate.isOpen(now)).isFalse();
        assertThat(gate.reason(now)).isEqualTo("caught up with 1 of 2 engines");
        gate.joined(two, now);
        tell(gate, two, Word.CATCHING_UP, 2);
        assertThat(gate.isOpen(now)).isFalse();
        tell(gate, two, Word.CAUGHT_UP, 2);
        assertThat(gate.isOpen(now)).isTrue();
        assertThat(gate.reason(now)).isEmpty();
    }

    @Test
    void isOpen_enginesRestartOrGo_staysGreen() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.CAUGHT_UP, 1);
        gate.lost(one, now);
        now += 3_600 * SECOND;
        assertThat(gate.isOpen(now)).isTrue();
        gate.joined(two, now);
        tell(gate, two, Word.CATCHING_UP, 1);
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void told_declaredOffline_isRedUntilCaughtUp() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.CAUGHT_UP, 1);
        gate.lost(one, now);
        gate.joined(one, now);
        tell(gate, one, Word.WITHDRAW, 1);
        assertThat(gate.isOpen(now)).isFalse();
        tell(gate, one, Word.CAUGHT_UP, 1);
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void told_excused_servesUnproven() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.CATCHING_UP, 1);
        assertThat(gate.isOpen(now)).isFalse();
        tell(gate, one, Word.EXCUSED, 1);
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void isOpen_maxWaitOver_opens() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.CATCHING_UP, 1);
        now += 299 * SECOND;
        assertThat(gate.isOpen(now)).isFalse();
        now += SECOND;
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void isOpen_engineThatSaysNothing_countsAsCaughtUpWith() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        now += 2 * SECOND;
        assertThat(gate.isOpen(now)).isFalse();
        now += SECOND;
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void isOpen_cutOff_servesOrWithdrawsAsConfigured() {
        for (boolean withdraws : new boolean[] {false, true}) {
            CatchUpGate gate = gate(withdraws);
            gate.joined(one, now);
            tell(gate, one, Word.CAUGHT_UP, 1);
            gate.lost(one, now);
            now += 29 * SECOND;
            assertThat(gate.isOpen(now)).isTrue();
            now += SECOND;
            assertThat(gate.isOpen(now)).isEqualTo(!withdraws);
            gate.joined(one, now);
            tell(gate, one, Word.CAUGHT_UP, 1);
            assertThat(gate.isOpen(now)).isTrue();
        }
    }

    @Test
    void told_withdrawAgainAfterMaxWait_staysOpen() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.WITHDRAW, 1);
        now += 300 * SECOND;
        assertThat(gate.isOpen(now)).isTrue();
        tell(gate, one, Word.WITHDRAW, 1);
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void told_held_isRedUntilTheOperatorLetsGoHoweverLong() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        tell(gate, one, Word.CAUGHT_UP, 1);
        tell(gate, one, Word.HELD, 1);
        assertThat(gate.isOpen(now)).isFalse();
        assertThat(gate.reason(now)).isEqualTo("an operator has taken this node out");
        now += 3_600 * SECOND;
        assertThat(gate.isOpen(now)).isFalse();
        gate.lost(one, now);
        now += 3_600 * SECOND;
        assertThat(gate.isOpen(now)).as("engines restart").isFalse();
        gate.joined(two, now);
        tell(gate, two, Word.HELD, 1);
        now += 3_600 * SECOND;
        assertThat(gate.isOpen(now)).isFalse();
        tell(gate, two, Word.CATCHING_UP, 1);
        assertThat(gate.isOpen(now)).isFalse();
        tell(gate, two, Word.CAUGHT_UP, 1);
        assertThat(gate.isOpen(now)).isTrue();
    }

    @Test
    void told_heldByOneEngineOnly_isRed() {
        CatchUpGate gate = gate(false);
        gate.joined(one, now);
        gate.joined(two, now);
        tell(gate, one, Word.HELD, 2);
        tell(gate, two, Word.CAUGHT_UP, 2);
        now += 3_600 * SECOND;
        assertThat(gate.isOpen(now)).isFalse();
    }
}
