// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.PreloadResult;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A submitter takes back what the proxy has. */
class WithdrawalTest {
    private final Rig rig = new Rig();
    private final ScriptedCache.Able cache = rig.cache();

    @Test
    void withdrawn_halfDone_restIsDroppedAndWhatWasPurgedStays() {
        rig.settings = new AgentSettingsChange(rig.settings).inFlight(QueueKind.URL, 1);
        cache.isHoldingPurges = true;
        cache.copies.put("http://a.test/1", rig.clock.now());
        EngineLink link = rig.start().engines.connect(1, 1);
        Command command = rig.command(1, RefreshTask.purge("http://a.test/1", "http://a.test/2", "http://a.test/3"));
        rig.send(link, command);
        cache.held.remove().run();
        rig.run();
        rig.send(link, command.withdrawn());
        assertThat(rig.reports(link)).as("a call is under way").noneMatch(report -> report.isFinal());
        cache.held.remove().run();
        rig.run();
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.PURGED);
        assertThat(rig.last(link).exceptions())
                .extracting(TargetResult::outcome)
                .containsExactly(Outcome.ABSENT, Outcome.CANCELLED);
        rig.advance(Duration.ofMinutes(1));
        assertThat(cache.calls).hasSize(2);
        assertThat(rig.counters().queuedUrl.get()).isZero();
        assertThat(rig.counters().openFences.get()).isZero();
        assertThat(rig.counters().withdrawn.get()).isEqualTo(1);
    }

    @Test
    void withdrawn_retrying_endsAtOnce() {
        cache.onPurge = url -> new io.cdnrefresh.spi.CacheResult.Failed("away");
        EngineLink link = rig.start().engines.connect(1, 1);
        Command command = rig.command(1, RefreshTask.purge("http://a.test/1"));
        rig.send(link, command);
        rig.send(link, command.withdrawn());
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.CANCELLED);
        int calls = cache.calls.size();
        rig.advance(Duration.ofMinutes(1));
        assertThat(cache.calls).hasSize(calls);
    }

    @Test
    void withdrawn_preloadUnderWay_isEndedByItsPace() {
        cache.isHoldingPreloads = true;
        cache.onPreload = url -> new PreloadResult.Failed("given up");
        EngineLink link = rig.start().engines.connect(1, 1);
        Command command = rig.command(1, RefreshTask.preload("http://a.test/1"));
        rig.send(link, command);
        assertThat(cache.paces.get(0).read(10)).isZero();
        rig.send(link, command.withdrawn());
        assertThat(cache.paces.get(0).read(10)).isEqualTo(CacheServer.Pace.STOP);
        cache.held.remove().run();
        rig.run();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void withdrawn_beforeTheCommand_isNotExecuted() {
        EngineLink link = rig.start().engines.connect(1, 1);
        Command command = rig.command(1, RefreshTask.purge("http://a.test/1"));
        rig.send(link, command.withdrawn());
        rig.send(link, command);
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.calls).isEmpty();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void withdrawn_afterItsEnd_changesNothing() {
        EngineLink link = rig.start().engines.connect(1, 1);
        Command command = rig.command(1, RefreshTask.purge("http://a.test/1"));
        rig.send(link, command);
        rig.advance(Duration.ofSeconds(5));
        rig.send(link, command.withdrawn());
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.VERIFIED);
    }
}
