// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheResult.Sign;
import io.cdnrefresh.spi.EngineLink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with which the proxy or its cache dies. */
class PoisonTest {
    private static final String BAD = "http://a.test/bad";
    private static final String GOOD = "http://a.test/good";

    @TempDir
    Path folder;

    private ScriptedCache.Able cache = new ScriptedCache.Able(new Rig().clock);

    /** A life of the proxy on the same disk; the one before ended without a word. */
    private Rig life() {
        Rig rig = new Rig();
        cache = new ScriptedCache.Able(rig.clock);
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO, folder));
        return rig.start();
    }

    private static Report reportOf(Rig rig, EngineLink link, long task) {
        List<Report> reports = rig.reports(link).stream()
                .filter(report -> report.task().value() == task && report.isFinal())
                .toList();
        assertThat(reports).isNotEmpty();
        return reports.get(reports.size() - 1);
    }

    @Test
    void command_underWayAtTwoDeathsOfTheProxy_isQuarantinedAndTheInnocentOneIsNot() {
        Rig first = life();
        cache.isHoldingPurges = true;
        EngineLink link = first.engines.connect(1, 1);
        first.send(link, first.command(1, RefreshTask.purge(BAD)), first.command(2, RefreshTask.purge(GOOD)));
        assertThat(cache.held).hasSize(2);

        Rig second = life();
        cache.isHoldingPurges = true;
        link = second.engines.connect(1, 2);
        second.send(link, second.command(1, RefreshTask.purge(BAD)), second.command(2, RefreshTask.purge(GOOD)));
        assertThat(cache.calls).as("one suspect at a time").containsExactly("purge " + BAD);
        second.send(link, second.command(3, RefreshTask.purge(GOOD + "3")));
        assertThat(cache.calls).as("others go on").hasSize(2);
        cache.held.removeLast().run();

        Rig third = life();
        link = third.engines.connect(1, 3);
        third.send(link, third.command(1, RefreshTask.purge(BAD)), third.command(2, RefreshTask.purge(GOOD)));
        third.advance(Duration.ofSeconds(5));
        assertThat(reportOf(third, link, 1).outcome()).isEqualTo(Outcome.QUARANTINED);
        assertThat(reportOf(third, link, 2).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(cache.calls).doesNotContain("purge " + BAD);
        assertThat(third.counters().quarantined.get()).isEqualTo(1);
    }

    @Test
    void suspects_afterTheFirstHasEnded_followAndAreCleared() {
        Rig first = life();
        cache.isHoldingPurges = true;
        EngineLink link = first.engines.connect(1, 1);
        first.send(link, first.command(1, RefreshTask.purge(BAD)), first.command(2, RefreshTask.purge(GOOD)));

        Rig second = life();
        link = second.engines.connect(1, 2);
        second.send(link, second.command(1, RefreshTask.purge(BAD)), second.command(2, RefreshTask.purge(GOOD)));
        second.advance(Duration.ofSeconds(5));
        assertThat(reportOf(second, link, 1).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(reportOf(second, link, 2).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(folder.resolve("deaths")).content().isEmpty();
    }

    @Test
    void shutdown_withCallsUnderWay_isNoDeath() {
        Rig first = life();
        cache.isHoldingPurges = true;
        EngineLink link = first.engines.connect(1, 1);
        first.send(link, first.command(1, RefreshTask.purge(BAD)));
        first.agent().shutdown(Duration.ZERO);
        life();
        assertThat(folder.resolve("deaths")).doesNotExist();
    }

    @Test
    void cache_cutsAndIsAwayTwice_targetIsQuarantined() {
        Rig rig = life();
        ArrayDeque<Sign> signs = new ArrayDeque<>(List.of(Sign.CUT, Sign.AWAY, Sign.AWAY, Sign.CUT, Sign.AWAY));
        cache.onPurge = url -> new CacheResult.Failed("test", signs.isEmpty() ? Sign.NONE : signs.remove());
        EngineLink link = rig.engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(BAD)));
        rig.advance(Duration.ofSeconds(30));
        assertThat(reportOf(rig, link, 1).outcome()).isEqualTo(Outcome.QUARANTINED);
        assertThat(cache.calls).hasSize(5);
    }

    @Test
    void cache_cutsButAnswersThen_isNoDeath() {
        Rig rig = life();
        ArrayDeque<Sign> signs = new ArrayDeque<>(List.of(Sign.CUT, Sign.CUT, Sign.CUT));
        cache.onPurge =
                url -> signs.isEmpty() ? cache.honestPurge(url) : new CacheResult.Failed("test", signs.remove());
        EngineLink link = rig.engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(BAD)));
        rig.advance(Duration.ofSeconds(30));
        assertThat(reportOf(rig, link, 1).outcome()).isEqualTo(Outcome.VERIFIED);
    }
}
