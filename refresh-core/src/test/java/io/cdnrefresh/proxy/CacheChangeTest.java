// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The node's caches change while the proxy runs. */
class CacheChangeTest {
    private final Rig rig = new Rig();
    private final ScriptedCache.Able stays = rig.cache("stays", false);
    private final ScriptedCache.Able goes = rig.cache("goes", false);
    private final ScriptedCache.Able comes = new ScriptedCache.Able(rig.clock);
    private final List<CacheServer> released = new ArrayList<>();

    @Test
    void caches_changed_whatIsUnderWayIsDoneAndNewWorkGoesToTheNewOnes() {
        stays.isHoldingPurges = true;
        goes.isHoldingPurges = true;
        goes.copies.put("http://a.test/1", rig.clock.now());
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge("http://a.test/1")));
        List<AgentCache> next = List.of(rig.caches.get(0), new AgentCache("comes", comes, false, Duration.ZERO));
        rig.agent().caches(next, released::add);
        rig.send(link, rig.command(2, RefreshTask.purge("http://a.test/2")));
        assertThat(stays.calls).containsExactly("purge http://a.test/1", "purge http://a.test/2");
        assertThat(comes.calls).containsExactly("purge http://a.test/2");
        assertThat(goes.calls).containsExactly("purge http://a.test/1");
        assertThat(released).isEmpty();
        stays.held.forEach(Runnable::run);
        goes.held.forEach(Runnable::run);
        rig.advance(Duration.ofSeconds(5));
        assertThat(goes.calls).as("its fence and its proof were waited for").contains("probe http://a.test/1");
        assertThat(released).containsExactly(goes);
        assertThat(rig.reports(link).stream().filter(Report::isFinal).map(Report::outcome))
                .containsExactly(Outcome.VERIFIED, Outcome.VERIFIED);
    }

    @Test
    void caches_thatIsDownGoes_countsAsDownNoMore() {
        goes.onPurge = url -> new io.cdnrefresh.spi.CacheResult.Failed("away");
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge("http://a.test/1")));
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.counters().cachesDown.get()).isEqualTo(1);
        rig.agent().caches(List.of(rig.caches.get(0)), released::add);
        rig.advance(Duration.ofMinutes(30));
        assertThat(released).containsExactly(goes);
        assertThat(rig.counters().cachesDown.get()).isZero();
    }
}
