// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RepeatedCommandTest {
    private final Rig rig = new Rig();

    private Command none(long id) {
        return rig.command(id, Rig.with(RefreshTask.purge("http://h.test/" + id), Verify.NONE));
    }

    @Test
    void onCommands_repeatedAfterDone_answeredAndNotExecuted() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(7));
        rig.engines.acknowledge(link);
        rig.send(link, none(7));

        assertThat(cache.calls).hasSize(1);
        assertThat(rig.reports(link)).hasSize(2).allMatch(Report::isFinal);
        assertThat(rig.reports(link)).extracting(Report::sequence).containsExactly(1L, 2L);
        assertThat(rig.counters().repeated.get()).isEqualTo(1);
    }

    @Test
    void onCommands_repeatedWhileUnderWay_startedOnceAndEveryLinkAnsweredWithItsSequence() {
        ScriptedCache cache = rig.cache();
        cache.isHoldingPurges = true;
        EngineLink first = rig.start().engines.connect(1, 1);
        EngineLink second = rig.engines.connect(2, 1);
        rig.engines.send(first, 10, none(7));
        rig.engines.send(second, 99, none(7));
        rig.engines.send(first, 10, none(7));
        rig.run();
        assertThat(cache.calls).hasSize(1);
        cache.held.remove().run();
        rig.run();

        assertThat(rig.reports(first)).extracting(Report::sequence).containsExactly(10L);
        assertThat(rig.reports(second)).extracting(Report::sequence).containsExactly(99L);
    }

    @Test
    void onCommands_repeatedAfterReconnect_answeredAndNotExecuted() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(7));
        rig.engines.lose(link);
        rig.run();
        EngineLink again = rig.engines.newLink(1, 1);
        assertThat(rig.engines.hello(again).cursor()).isEqualTo(1);
        rig.engines.send(again, 1, none(7));
        rig.run();

        assertThat(cache.calls).hasSize(1);
        assertThat(rig.last(again).isFinal()).isTrue();
    }

    @Test
    void onCommands_repeatedUnderANewEpochAndSequence_answeredAndNotExecuted() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(7));
        EngineLink next = rig.engines.newLink(1, 2);
        assertThat(rig.engines.hello(next).cursor()).isZero();
        rig.engines.send(next, 55, none(7));
        rig.run();

        assertThat(cache.calls).hasSize(1);
        assertThat(rig.last(next).sequence()).isEqualTo(55);
    }

    @Test
    void onCommands_purgeRepeatedAfterAPreload_leavesTheWarmCopy() {
        ScriptedCache.Able cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        Command purge = rig.command(7, RefreshTask.purge(Rig.URL));
        rig.send(link, purge, rig.command(8, RefreshTask.preload(Rig.URL)));
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.copies).containsKey(Rig.URL);
        rig.send(link, purge);
        rig.advance(Duration.ofSeconds(5));

        assertThat(cache.copies).containsKey(Rig.URL);
        assertThat(cache.countOf("purge")).isEqualTo(1);
    }

    @Test
    void onCommands_otherStepOfTheSameTask_isExecuted() {
        ScriptedCache cache = rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        Command first = none(7);
        Command second = new Command(first.id(), 1, first.task(), first.deadline(), first.rules());
        rig.send(link, first, second);
        assertThat(cache.calls).hasSize(2);
    }

    @Test
    void onCommands_failureAcknowledgedAndAskedAgain_onlyWhatIsOwedIsTriedAgain() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> url.endsWith("/b") ? new CacheResult.Failed("reset") : cache.honestPurge(url);
        EngineLink link = rig.start().engines.connect(1, 1);
        RefreshTask task = Rig.with(RefreshTask.purge("http://h.test/a", "http://h.test/b"), Verify.NONE);
        rig.send(link, rig.command(7, task));
        rig.advance(Duration.ofMinutes(11));
        assertThat(rig.last(link).exceptions()).anyMatch(result -> result.outcome() == Outcome.FAILED);
        rig.engines.acknowledge(link);
        cache.onPurge = cache::honestPurge;
        rig.send(link, rig.command(7, task));
        rig.run();

        assertThat(cache.count("purge http://h.test/a")).isEqualTo(1);
        assertThat(rig.last(link).isFinal()).isTrue();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.ABSENT);
        assertThat(rig.last(link).exceptions()).isEmpty();
    }

    @Test
    void onLink_olderEpochThanMet_refused() {
        rig.cache();
        rig.start().engines.connect(1, 5);
        assertThatThrownBy(() -> rig.engines.connect(1, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("epoch: 1/4");
        rig.engines.connect(2, 1);
    }

    @Test
    void onCommands_linkOfAnOlderEpochStillOpen_ignored() {
        ScriptedCache cache = rig.cache();
        EngineLink old = rig.start().engines.connect(1, 1);
        rig.run();
        rig.engines.connect(1, 2);
        rig.run();
        rig.engines.send(old, 1, none(7));
        rig.run();
        assertThat(cache.calls).isEmpty();
        assertThat(rig.counters().stale.get()).isEqualTo(1);
    }

    @Test
    void onLink_someAcknowledged_helloNamesCursorAndRanges() {
        ScriptedCache cache = rig.cache();
        cache.onPurge = url -> url.endsWith("/2") ? new CacheResult.Failed("reset") : cache.honestPurge(url);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(1), none(2), none(3));
        rig.engines.acknowledge(link);
        rig.run();
        rig.engines.lose(link);
        rig.run();
        Hello hello = rig.engines.hello(rig.engines.newLink(1, 1));

        assertThat(hello.bootId()).isEqualTo("boot-1");
        assertThat(hello.cursor()).isEqualTo(2);
        assertThat(hello.reported()).containsExactly(new Range(3, 3));
    }

    @Test
    void onUnread_unsupportedFinal() {
        rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.engines.proxy().onUnread(link, 3, new UnreadCommand(new TaskId(9), 0, "kind 42"));
        rig.run();
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.UNSUPPORTED);
        assertThat(rig.last(link).sequence()).isEqualTo(3);
        assertThat(rig.last(link).exceptions().get(0).reason()).isEqualTo("kind 42");
    }

    @Test
    void onCommands_queueFull_refusedThenTakenInOrder() {
        ScriptedCache cache = rig.cache();
        rig.settings = Rig.settings(2, 3, 4, 1_000);
        cache.isHoldingPurges = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(1), none(2), none(3), none(4), none(5), none(6));
        assertThat(rig.counters().queuedUrl.get()).isEqualTo(3);
        assertThat(rig.counters().parked.get()).isEqualTo(3);
        assertThat(rig.engines.send(link, 7, none(7), none(8))).isFalse();
        assertThat(rig.counters().refused.get()).isEqualTo(1);
        while (!cache.held.isEmpty()) {
            cache.held.remove().run();
            rig.run();
        }
        assertThat(rig.engines.send(link, 7, none(7), none(8))).isTrue();
        rig.run();
        assertThat(cache.calls).hasSize(8).startsWith("purge http://h.test/1", "purge http://h.test/2");
    }

    @Test
    void onCommands_windowFullOfUnacknowledged_newOnesWaitAndRepeatsAreAnswered() {
        ScriptedCache cache = rig.cache();
        rig.settings = Rig.settings(8, 100, 100, 4);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(1), none(2), none(3), none(4));
        rig.send(link, none(5), none(1));
        assertThat(cache.calls).hasSize(4);
        assertThat(rig.last(link).task().value()).isEqualTo(1);
        rig.engines.acknowledge(link);
        rig.run();
        assertThat(cache.calls).hasSize(5);
        assertThat(rig.counters().windowEntries.get()).isEqualTo(4);
        assertThat(rig.counters().evicted.get()).isEqualTo(1);
        assertThat(rig.counters().evictedUnacknowledged.get()).isZero();
    }

    @Test
    void onCommands_acknowledgementLostWithTheLink_passedOverEntriesMayBeDropped() {
        rig.cache();
        rig.settings = Rig.settings(8, 100, 100, 4);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, none(1), none(2), none(3), none(4));
        rig.engines.lose(link);
        rig.run();
        EngineLink again = rig.engines.connect(1, 1);
        rig.engines.send(again, 5, none(5));
        rig.run();
        assertThat(rig.last(again).task().value()).isEqualTo(5);
        assertThat(rig.counters().evictedUnacknowledged.get()).isZero();
    }

    @Test
    void flush_linkCannotTakeReports_sentLater() {
        rig.cache();
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.engines.isRefusing = true;
        rig.send(link, none(1));
        assertThat(rig.reports(link)).isEmpty();
        rig.engines.isRefusing = false;
        rig.advance(Duration.ofMillis(10));
        assertThat(rig.reports(link)).hasSize(1);
    }

    @Test
    void onCommands_manyTenants_takeTurns() {
        ScriptedCache cache = rig.cache();
        rig.settings = new AgentSettingsChange(rig.settings).inFlight(QueueKind.URL, 1);
        cache.isHoldingPurges = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        Command[] flood = new Command[20];
        for (int i = 0; i < flood.length; i++) {
            flood[i] =
                    rig.command(i + 1, RefreshTask.purge("http://a.test/" + i).withTenant("a"));
        }
        rig.send(link, flood);
        rig.send(link, rig.command(99, RefreshTask.purge("http://b.test/").withTenant("b")));
        for (int i = 0; i < 3; i++) {
            cache.held.remove().run();
            rig.run();
        }
        assertThat(cache.calls.subList(0, 4)).contains("purge http://b.test/");
    }
}
