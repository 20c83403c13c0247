// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineLink;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache that answers 200 to the first purge at once, and removes the object some time later; further purges change nothing. */
class LatePurgeTest {
    private final Rig rig = new Rig();
    private Instant removedAt = Instant.MAX;

    private EngineLink purge(Duration late) {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.onPurge = url -> {
            removedAt = removedAt.equals(Instant.MAX) ? rig.clock.now().plus(late) : removedAt;
            return new CacheResult.Gone(rig.clock.now(), true, cache.fence);
        };
        cache.onProbe = url -> {
            if (!rig.clock.now().isBefore(removedAt)) {
                cache.copies.remove(url);
            }
            return cache.honestProbe(url);
        };
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        return link;
    }

    /** The proofs come after 2, 4, 6 and 8 seconds, and up to one more for the full second. */
    @ParameterizedTest
    @ValueSource(longs = {1, 1_999, 2_500, 4_500, 6_500})
    void removedBeforeTheLastLook_isVerifiedOnlyOnceItIsGone(long lateMillis) {
        EngineLink link = purge(Duration.ofMillis(lateMillis));
        while (rig.clock.now().isBefore(removedAt)) {
            assertThat(rig.reports(link)).noneMatch(report -> report.outcome() == Outcome.VERIFIED);
            rig.advance(Duration.ofMillis(50));
        }
        rig.advance(Duration.ofSeconds(15));
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    /** Traffic Server without a reload command reads a rule after a minute, or two. */
    @ParameterizedTest
    @CsvSource({"0, 100, FAILED", "135, 100, VERIFIED", "135, 140, FAILED"})
    void driverMayTakeLongerThanTheProxysLimit_isWaitedFor(int mayTake, int takes, Outcome expected) {
        rig.settings = new AgentSettingsChange(rig.settings).maxAttempts(1);
        ScriptedCache cache = new ScriptedCache(rig.clock) {
            @Override
            public Duration longestPurge() {
                return Duration.ofSeconds(mayTake);
            }
        };
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO));
        cache.isHoldingPurges = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(takes));
        cache.held.forEach(Runnable::run);
        rig.advance(Duration.ofSeconds(30));
        assertThat(rig.last(link).outcome()).isEqualTo(expected);
    }

    @Test
    void removedAfterTheLastLook_isNeverVerified() {
        EngineLink link = purge(Duration.ofSeconds(30));
        rig.advance(Duration.ofMinutes(5));
        assertThat(rig.reports(link)).extracting(Report::outcome).doesNotContain(Outcome.VERIFIED);
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.STALE_AGAIN);
        assertThat(rig.counters().verified).hasValue(0);
    }
}
