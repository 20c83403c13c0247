// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.PreloadResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OrderTest {
    private final Rig rig = new Rig();

    private static RefreshTask refresh(String kind) {
        return switch (kind) {
            case "url" -> RefreshTask.purge(Rig.URL);
            case "otherScheme" -> RefreshTask.purge(Rig.URL.replace("http:", "https:"));
            case "prefix" -> RefreshTask.purgePrefix("http://www.example.com/");
            case "regex" -> RefreshTask.of(TaskKind.REGEX, List.of(Target.regex("www.example.com", "css$")));
            case "tag" -> RefreshTask.of(TaskKind.TAG, List.of(Target.tag("www.example.com", "t")));
            case "host" -> RefreshTask.of(TaskKind.HOST, List.of(Target.host("www.example.com")));
            case "wildcard" -> RefreshTask.of(TaskKind.HOST, List.of(Target.host("*.example.com")));
            default -> RefreshTask.of(TaskKind.ALL, List.of());
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"url", "otherScheme", "prefix", "regex", "tag", "host", "wildcard", "all"})
    void preload_afterCoveringRefresh_waitsForItsFence(String kind) {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(
                link,
                rig.command(1, Rig.with(refresh(kind), Verify.NONE)),
                rig.command(2, RefreshTask.preload(Rig.URL)));
        rig.advance(Duration.ofMillis(1_900));
        assertThat(cache.countOf("preload")).isZero();
        rig.advance(Duration.ofMillis(200));
        assertThat(cache.countOf("preload")).isEqualTo(1);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.PRELOADED);
    }

    @Test
    void preload_ofAnotherObject_startsAtOnce() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(
                link,
                rig.command(1, RefreshTask.purge("http://www.example.com/other")),
                rig.command(2, RefreshTask.purgePrefix("http://www.example.com/b/")),
                rig.command(3, RefreshTask.preload(Rig.URL)));
        assertThat(cache.countOf("preload")).isEqualTo(1);
    }

    @Test
    void preload_refreshFails_startsOnceItIsFinished() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> new CacheResult.Denied("403");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(Rig.URL)), rig.command(2, RefreshTask.preload(Rig.URL)));
        assertThat(cache.countOf("preload")).isEqualTo(1);
    }

    @Test
    void purge_preloadsFillTheirSlots_doesNotWait() {
        ScriptedCache cache = rig.cache();
        rig.settings = new AgentSettingsChange(rig.settings).inFlight(QueueKind.PRELOAD, 2);
        cache.isHoldingPreloads = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        for (int i = 0; i < 5; i++) {
            rig.send(link, rig.command(i + 1, RefreshTask.preload("http://h.test/" + i)));
        }
        rig.send(link, rig.command(9, RefreshTask.purge(Rig.URL)));
        assertThat(cache.countOf("preload")).isEqualTo(2);
        assertThat(cache.countOf("purge")).isEqualTo(1);
    }

    @Test
    void purge_ofAnObjectWhosePreloadIsUnderWay_goesAtOnceAndItsFenceStaysOpenUntilThatEnds() {
        ScriptedCache cache = rig.cache();
        cache.isHoldingPreloads = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.preload(Rig.URL)), rig.command(2, RefreshTask.purge(Rig.URL)));
        assertThat(cache.countOf("purge")).isEqualTo(1);
        rig.advance(Duration.ofSeconds(20));
        assertThat(cache.countOf("probe")).isZero();
        cache.held.remove().run(); // stores what may be old
        rig.advance(Duration.ofSeconds(6));
        assertThat(cache.countOf("purge")).isEqualTo(2);
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(cache.copies).isEmpty();
    }

    @Test
    void preload_rejectedAndFailing_failedWithReason() {
        ScriptedCache cache = rig.cache();
        cache.onPreload = url -> url.endsWith("/404")
                ? new PreloadResult.Rejected("status 404")
                : new PreloadResult.Failed("half an answer");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.preload("http://h.test/404")));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("cache: status 404");
        rig.send(link, rig.command(2, RefreshTask.preload("http://h.test/x")));
        rig.advance(Duration.ofMinutes(11));
        assertThat(cache.count("preload http://h.test/x")).isEqualTo(20);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("cache: half an answer");
    }

    @Test
    void preload_goesThroughTheFrontLayerOnly() {
        ScriptedCache back = rig.cache("back", true);
        ScriptedCache front = rig.cache("front", false);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.preload(Rig.URL)));
        assertThat(back.calls).isEmpty();
        assertThat(front.countOf("preload")).isEqualTo(1);
    }

    @Test
    void refresh_layers_backBeforeFrontAndWorstOutcome() {
        ScriptedCache back = rig.cache("back", true);
        ScriptedCache front = rig.cache("front", false);
        back.isHoldingPurges = true;
        front.onPurge = url -> new CacheResult.Denied("405 to PURGE");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(Rig.URL)));
        assertThat(front.calls).isEmpty();
        back.held.remove().run();
        rig.run();
        assertThat(front.countOf("purge")).isEqualTo(1);
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.DENIED);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("front: 405 to PURGE");
    }

    @Test
    void refresh_backFailsFirst_frontIsPurgedAtOnceAndNotProvenBeforeTheBackIs() {
        ScriptedCache back = rig.cache("back", true);
        ScriptedCache front = rig.cache("front", false);
        back.onPurge = url -> new CacheResult.Failed("connection refused");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(Rig.URL)));
        assertThat(front.countOf("purge")).isEqualTo(1);
        rig.advance(Duration.ofSeconds(3));
        front.copies.put(Rig.URL, rig.clock.now()); // filled from the back cache's old copy
        rig.advance(Duration.ofSeconds(3));
        back.onPurge = back::honestPurge;
        rig.advance(Duration.ofSeconds(20));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(front.countOf("purge")).isEqualTo(2);
        assertThat(front.copies).isEmpty();
    }

    @Test
    void refresh_slowCalls_giveTheirSlotsBackAndFailAtTheTimeLimit() {
        ScriptedCache cache = rig.cache();
        rig.settings = Rig.settings(1, 100, 100, 100);
        cache.isHoldingPurges = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge("http://h.test/hangs")));
        cache.isHoldingPurges = false;
        rig.send(link, rig.command(2, RefreshTask.purge("http://h.test/next")));
        assertThat(cache.count("purge http://h.test/next")).isZero();
        rig.advance(Duration.ofMillis(5_200));
        assertThat(cache.count("purge http://h.test/next")).isEqualTo(1);
        assertThat(rig.counters().slow.get()).isEqualTo(1);
        rig.advance(Duration.ofSeconds(60));
        assertThat(cache.count("purge http://h.test/hangs")).isEqualTo(2);
        cache.held.remove().run(); // late: nobody listens any more
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.counters().finished.get()).isEqualTo(2);
        assertThat(rig.counters().inFlight.get()).isZero();
    }
}
