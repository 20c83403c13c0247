// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineLink;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Caches that die while nobody asks for anything, on a clock moved by hand. */
class IdleLooksTest {
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final Rig rig = new Rig();
    private final Asked cache = new Asked(rig.clock);

    private static final class Asked extends ScriptedCache implements CacheServer.HealthCapable {
        boolean isAlive = true;
        boolean isSilent;
        int asked;

        Asked(EngineClock clock) {
            super(clock);
        }

        @Override
        public void health(Listener<Boolean> listener) {
            asked++;
            answer(isSilent, () -> listener.onResult(isAlive));
        }
    }

    private EngineLink start(Duration period) {
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO));
        rig.start().agent().cacheCheck(period);
        return rig.engines.connect(1, 1);
    }

    @AfterEach
    void stop() {
        rig.agent().shutdown(Duration.ZERO);
    }

    @Test
    void idle_cacheDiesAndComesBack_isDownAndUpAgain() {
        start(PERIOD);
        rig.advance(Duration.ofMinutes(2));
        assertThat(cache.asked).as("about every ten seconds").isBetween(9, 17);
        assertThat(rig.counters().cachesDown).hasValue(0);

        cache.isAlive = false;
        rig.advance(Duration.ofSeconds(20));
        assertThat(rig.counters().cachesDown).hasValue(1);
        assertThat(rig.counters().down).containsExactly("cache");
        assertThat(rig.agent().health().cachesDown())
                .as("the heartbeat says so")
                .isEqualTo(1);

        cache.isAlive = true;
        rig.advance(Duration.ofSeconds(20));
        assertThat(rig.counters().cachesDown).hasValue(0);
        assertThat(rig.counters().down).isEmpty();
        assertThat(cache.calls).as("nothing else was asked").isEmpty();
    }

    @Test
    void idle_cacheIsSilent_isDownWithOneRequestAtATime() {
        cache.isSilent = true;
        start(PERIOD);
        rig.advance(Duration.ofSeconds(60));
        assertThat(rig.counters().cachesDown).hasValue(1);
        assertThat(cache.asked).as("each waits for its limit").isLessThan(12);

        cache.isSilent = false;
        int asked = cache.asked;
        cache.held.forEach(Runnable::run);
        rig.advance(Duration.ofSeconds(20));
        assertThat(cache.asked).isGreaterThan(asked);
        assertThat(rig.counters().cachesDown).hasValue(0);
    }

    @Test
    void work_isUnderWay_nobodyAsks() {
        cache.isHoldingPurges = true;
        EngineLink link = start(PERIOD);
        rig.send(link, rig.command(1, RefreshTask.purge("http://a.test/1")));
        int asked = cache.asked;
        rig.advance(Duration.ofSeconds(50));
        assertThat(cache.asked).isEqualTo(asked);
    }

    @Test
    void period_isZero_nobodyAsks() {
        start(Duration.ZERO);
        rig.advance(Duration.ofHours(1));
        assertThat(cache.asked).isZero();
    }

    @Test
    void caches_changed_theOldIsAskedNoMoreAndCountsNoMore() {
        start(PERIOD);
        cache.isAlive = false;
        rig.advance(Duration.ofSeconds(20));
        assertThat(rig.counters().cachesDown).hasValue(1);
        Asked next = new Asked(rig.clock);
        rig.agent().caches(List.of(new AgentCache("next", next, false, Duration.ZERO)), released -> {});
        rig.advance(Duration.ofSeconds(1));
        int asked = cache.asked;
        rig.advance(Duration.ofSeconds(60));
        assertThat(cache.asked).isEqualTo(asked);
        assertThat(next.asked).isPositive();
        assertThat(rig.counters().cachesDown).hasValue(0);
        assertThat(rig.counters().down).isEmpty();
    }
}
