// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RefreshRunTest {
    private final Rig rig = new Rig();

    @Test
    void refresh_presentCopy_purgedThenVerifiedAfterTheFence() {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        EngineLink link = rig.start().engines.connect(1, 1);

        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));

        assertThat(rig.reports(link)).hasSize(1);
        assertThat(rig.last(link).isFinal()).isFalse();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.PURGED);
        rig.advance(Duration.ofMillis(1_990));
        assertThat(cache.countOf("probe")).isZero();
        rig.advance(Duration.ofMillis(20));
        assertThat(rig.reports(link)).hasSize(2);
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(rig.last(link).exceptions()).isEmpty();
        assertThat(cache.calls).containsExactly("purge " + Rig.URL, "probe " + Rig.URL);
    }

    @Test
    void refresh_absentCopy_interimAbsent() {
        rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);

        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.ABSENT);
        rig.advance(Duration.ofSeconds(3));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    @Test
    void refresh_oldCopyComesBackDuringTheFence_purgedAgainBeforeVerified() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofMillis(1_200));
        cache.copies.put(Rig.URL, rig.clock.now()); // the fetch that was under way

        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.last(link).isFinal()).isFalse();
        rig.advance(Duration.ofSeconds(4));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(cache.copies).isEmpty();
        assertThat(cache.countOf("purge")).isEqualTo(2);
        assertThat(rig.counters().refillsCaught.get()).isEqualTo(1);
    }

    @Test
    void refresh_fenceOff_negativeControlIsVerifiedWithTheOldCopyBack() {
        ScriptedCache cache = rig.cache();
        cache.fence = Duration.ZERO;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofMillis(1_200));
        cache.copies.put(Rig.URL, rig.clock.now());
        rig.advance(Duration.ofSeconds(5));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(cache.copies).isNotEmpty();
    }

    @Test
    void refresh_fenceOfTheCacheLongerThanTheDrivers_theLongerHolds() {
        ScriptedCache cache = new ScriptedCache(rig.clock);
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ofSeconds(9)));
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofMillis(8_900));
        assertThat(rig.last(link).isFinal()).isFalse();
        rig.advance(Duration.ofMillis(200));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    @Test
    void refresh_busyObjectRefilledAtOnce_verifiedAfterOneRepeat() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> {
            CacheResult gone = cache.honestPurge(url);
            cache.copies.put(url, rig.clock.now());
            return gone;
        };
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.clock.advanceMillis(730);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(6));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(cache.countOf("purge")).isEqualTo(2);
    }

    @Test
    void refresh_cacheSaysGoneAndKeepsTheObject_staleAgainNeverVerified() {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.onPurge = url -> new CacheResult.Gone(rig.clock.now(), true, cache.fence);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(30));

        assertThat(rig.reports(link)).noneMatch(report -> report.outcome() == Outcome.VERIFIED);
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.STALE_AGAIN);
        assertThat(cache.countOf("purge")).isEqualTo(4);
        assertThat(rig.counters().staleAgain.get()).isEqualTo(1);
    }

    @Test
    void refresh_storedInTheSecondInWhichTheFenceEnds_countsAsOld() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        cache.isHoldingProbes = true;
        rig.advance(Duration.ofMillis(2_500));
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.isHoldingProbes = false;
        cache.held.remove().run();
        rig.advance(Duration.ofSeconds(5));

        assertThat(cache.countOf("purge")).isEqualTo(2);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    @Test
    void refresh_storedInALaterSecondThanTheFence_verifiedAsNewer() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        cache.isHoldingProbes = true;
        rig.advance(Duration.ofMillis(3_500));
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.held.remove().run();
        rig.run();

        assertThat(cache.countOf("purge")).isEqualTo(1);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    @Test
    void refresh_probeUnknown_purgedTwiceAndStaysPurgedWithReason() {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.onProbe = url -> new ProbeResult.Unknown("no probe configured");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(5));

        Report last = rig.last(link);
        assertThat(last.isFinal()).isTrue();
        assertThat(last.outcome()).isEqualTo(Outcome.PURGED);
        assertThat(last.exceptions().get(0).reason()).contains("no probe configured");
        assertThat(cache.countOf("purge")).isEqualTo(2);
    }

    @Test
    void refresh_probeFails_triedAgainThenStaysPurgedWithReason() {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.onProbe = url -> new ProbeResult.Failed("reset");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofMinutes(5));

        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.PURGED);
        assertThat(rig.last(link).exceptions().get(0).reason()).contains("reset");
        assertThat(cache.countOf("probe")).isEqualTo(20);
    }

    @Test
    void refresh_failsThenWorks_backsOffAndIsVerified() {
        ScriptedCache cache = rig.cache();
        ArrayDeque<CacheResult> answers =
                new ArrayDeque<>(List.of(new CacheResult.Failed("reset"), new CacheResult.Failed("timeout")));
        cache.onPurge = url -> answers.isEmpty() ? cache.honestPurge(url) : answers.remove();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        assertThat(rig.reports(link)).isEmpty();
        rig.advance(Duration.ofSeconds(4));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(rig.counters().retries.get()).isEqualTo(2);
    }

    @Test
    void refresh_alwaysFails_failedWithReasonAndCacheDown() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> new CacheResult.Failed("connection refused");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.agent().health().cachesDown()).isEqualTo(1);
        rig.advance(Duration.ofMinutes(10));

        assertThat(rig.reports(link)).hasSize(1);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("cache: connection refused");
    }

    @Test
    void refresh_deadlineNear_givesUpAfterTheLeastEffort() {
        ScriptedCache cache = rig.cache();
        rig.settings = new AgentSettingsChange(rig.settings).maxAttempts(1_000_000);
        cache.onPurge = url -> new CacheResult.Failed("connection refused");
        EngineLink link = rig.start().engines.connect(1, 1);
        io.cdnrefresh.model.Command late = new io.cdnrefresh.model.Command(
                new io.cdnrefresh.model.TaskId(7), 0, RefreshTask.purge(Rig.URL), rig.clock.now(), List.of());
        rig.send(link, late);
        rig.advance(Duration.ofSeconds(29));
        assertThat(rig.reports(link)).isEmpty();
        rig.advance(Duration.ofSeconds(15));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void refresh_denied_notRepeated() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> new CacheResult.Denied("405 to PURGE");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(30));

        assertThat(rig.reports(link)).hasSize(1);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.DENIED);
        assertThat(cache.calls).hasSize(1);
    }

    @Test
    void refresh_driverThrowsOrAnswersTwice_countsAsOneFailure() {
        ScriptedCache cache = new ScriptedCache(rig.clock) {
            @Override
            public void purge(PurgeRequest request, Listener<CacheResult> listener) {
                calls.add("purge");
                if (calls.size() == 1) {
                    throw new IllegalStateException("broken");
                }
                listener.onResult(new CacheResult.Gone(clock.now(), true, Duration.ZERO));
                listener.onResult(new CacheResult.Failed("second answer"));
            }
        };
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO));
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(3));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(rig.counters().inFlight.get()).isZero();
    }

    @Test
    void refresh_verifyNone_finalAtOnce() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, Rig.with(RefreshTask.purge(Rig.URL), Verify.NONE)));

        assertThat(rig.reports(link)).hasSize(1);
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.ABSENT);
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.calls).hasSize(1);
        assertThat(rig.counters().openFences.get()).isZero();
    }

    @Test
    void refresh_verifySample_probesOneInTen() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        List<Target> targets = java.util.stream.IntStream.range(0, 25)
                .mapToObj(i -> Target.url("http://h.test/" + i))
                .toList();
        rig.send(link, rig.command(7, Rig.with(RefreshTask.of(TaskKind.URL, targets), Verify.SAMPLE)));
        rig.advance(Duration.ofSeconds(5));

        assertThat(cache.countOf("purge")).isEqualTo(25);
        assertThat(cache.countOf("probe")).isEqualTo(3);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.ABSENT);
        assertThat(rig.last(link).exceptions()).extracting("target").containsExactly(0, 10, 20);
        assertThat(rig.last(link).exceptions()).extracting("outcome").containsOnly(Outcome.VERIFIED);
    }

    @Test
    void refresh_kindTheCacheCannotDo_unsupportedWithReason() {
        ScriptedCache cache = new ScriptedCache(rig.clock);
        rig.caches.add(new AgentCache("plain", cache, false, Duration.ZERO));
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.purgePrefix("http://h.test/a/")));
        rig.send(link, rig.command(8, Rig.soft(RefreshTask.purge(Rig.URL))));
        rig.send(link, rig.command(9, RefreshTask.of(TaskKind.ALL, List.of())));

        assertThat(rig.reports(link)).extracting(Report::outcome).containsOnly(Outcome.UNSUPPORTED);
        assertThat(rig.reports(link)).hasSize(3).allMatch(Report::isFinal);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("plain: no purge of everything");
        assertThat(cache.calls).isEmpty();
    }

    @Test
    void refresh_broadKinds_useTheAbility() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(
                link,
                rig.command(1, RefreshTask.purgePrefix("http://h.test/a/")),
                rig.command(2, RefreshTask.of(TaskKind.REGEX, List.of(Target.regex("h.test", "^/x")))),
                rig.command(3, RefreshTask.of(TaskKind.TAG, List.of(Target.tag("h.test", "t1")))),
                rig.command(4, RefreshTask.of(TaskKind.HOST, List.of(Target.host("h.test")))),
                rig.command(5, RefreshTask.of(TaskKind.ALL, List.of())));

        assertThat(cache.calls)
                .containsExactly("prefix http://h.test/a/", "regex h.test^/x", "tag h.testt1", "host h.test", "all *");
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.counters().finished.get()).isEqualTo(5);
        assertThat(rig.counters().verified.get()).isEqualTo(5);
    }

    @Test
    void refresh_prefix_isPurgedAgainAfterTheFenceAndThenSampled() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purgePrefix("http://h.test/a/")));
        rig.advance(Duration.ofSeconds(5));

        assertThat(cache.calls)
                .containsExactly("prefix http://h.test/a/", "prefix http://h.test/a/", "sample http://h.test/a/");
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }

    @Test
    void refresh_prefixWhoseSampleStays_isStaleAgain() {
        ScriptedCache cache = rig.cache();
        Instant old = rig.clock.now().minusSeconds(60);
        cache.onProbe = what -> new ProbeResult.Present(old);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purgePrefix("http://h.test/a/")));
        rig.advance(Duration.ofSeconds(30));

        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.STALE_AGAIN);
    }

    @Test
    void refresh_soft_markedAfterASecondMark() {
        ScriptedCache cache = rig.cache();
        cache.copies.put(Rig.URL, rig.clock.now());
        cache.onPurge = url -> new CacheResult.Gone(rig.clock.now(), true, cache.fence);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, Rig.soft(RefreshTask.purge(Rig.URL))));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.MARKED);
        rig.advance(Duration.ofSeconds(5));

        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.MARKED);
        assertThat(cache.countOf("soft")).isEqualTo(2);
    }

    @Test
    void refresh_allOfATenantWithoutItsHosts_unsupportedAndNothingPurged() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(7, RefreshTask.of(TaskKind.ALL, List.of()).withTenant("shop")));

        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.UNSUPPORTED);
        assertThat(cache.calls).isEmpty();
    }
}
