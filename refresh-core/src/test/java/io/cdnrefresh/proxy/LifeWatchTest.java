// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache that forgets, and a journal that cannot be kept. */
class LifeWatchTest {
    @TempDir
    Path folder;

    @Test
    void start_folderIsNone_purgesGoOnUnproven() throws IOException {
        Rig rig = new Rig();
        ForgetfulCache cache = new ForgetfulCache(rig.clock);
        Path none = Files.createFile(folder.resolve("file"));
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO, none));
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(10));

        Report report = rig.last(link);
        assertThat(report.isFinal()).isTrue();
        assertThat(report.outcome()).isIn(Outcome.PURGED, Outcome.ABSENT);
        assertThat(rig.counters().unjournaled).hasValue(1);
        rig.agent().shutdown(Duration.ZERO);
    }

    @Test
    void over_noJournal_isUnproven() {
        Rig rig = new Rig();
        assertThat(outcome(rig, new AgentCache("cache", new ForgetfulCache(rig.clock), false, Duration.ZERO)))
                .isIn(Outcome.PURGED, Outcome.ABSENT);
    }

    @Test
    void restart_diskOlderThanTheJournal_needsWipeUntilItIsEmpty() {
        Rig rig = new Rig();
        ForgetfulCache cache = watched(rig);
        rig.advance(Duration.ofSeconds(3));
        assertThat(cache.marks).as("marks are left while it lives").isPositive();
        assertThat(rig.agent().notReadyReason()).doesNotContain("cache:");

        cache.life = "life-2";
        cache.newest = new ProbeResult.Present(rig.clock.now().minus(Duration.ofMinutes(10)));
        rig.advance(Duration.ofSeconds(3));
        assertThat(rig.counters().needsWipe).hasValue(1);
        assertThat(rig.agent().notReadyReason()).startsWith("cache: NEEDS_WIPE");
        assertThat(rig.agent().isReady()).isFalse();
        int marks = cache.marks;
        rig.advance(Duration.ofMinutes(10));
        assertThat(rig.counters().needsWipe).as("time heals nothing").hasValue(1);
        assertThat(cache.marks).as("no new mark hides its age").isEqualTo(marks);

        cache.life = "life-3";
        cache.newest = ProbeResult.Absent.ONE;
        awaitGood(rig);
        rig.agent().shutdown(Duration.ZERO);
    }

    @Test
    void restart_diskAsNewAsTheJournal_isPurgedAgainOnly() {
        Rig rig = new Rig();
        ForgetfulCache cache = watched(rig);
        rig.advance(Duration.ofMinutes(5));
        cache.life = "life-2";
        cache.newest = new ProbeResult.Present(rig.clock.now().minus(Duration.ofSeconds(100)));
        rig.advance(Duration.ofSeconds(1));
        awaitGood(rig);
        rig.agent().shutdown(Duration.ZERO);
    }

    @Test
    void restart_marksCannotBeRead_areAskedForAgain() {
        Rig rig = new Rig();
        ForgetfulCache cache = watched(rig);
        rig.advance(Duration.ofSeconds(3));
        cache.life = "life-2";
        cache.newest = new ProbeResult.Failed("reset");
        rig.advance(Duration.ofSeconds(5));
        assertThat(rig.counters().needsWipe).hasValue(0);
        assertThat(rig.agent().notReadyReason()).startsWith("cache:");
        cache.newest = new ProbeResult.Present(Instant.EPOCH);
        rig.advance(Duration.ofSeconds(3));
        assertThat(rig.counters().needsWipe).hasValue(1);
        rig.agent().shutdown(Duration.ZERO);
    }

    /** The next life of the proxy knows from its journal when the cache was seen last. */
    @Test
    void restartOfTheProxyToo_diskOlderThanTheJournal_needsWipe() {
        Rig first = new Rig();
        watched(first);
        first.advance(Duration.ofSeconds(3));
        Awaitility.await().until(() -> written().contains("life-1"));
        first.agent().shutdown(Duration.ZERO);

        Rig next = new Rig();
        ForgetfulCache cache = watched(next);
        cache.life = "life-2";
        cache.newest = new ProbeResult.Present(next.clock.now().minus(Duration.ofMinutes(10)));
        next.advance(Duration.ofSeconds(3));
        assertThat(next.counters().needsWipe).hasValue(1);
        next.agent().shutdown(Duration.ZERO);
        assertThat(next.counters().needsWipe).hasValue(0);
    }

    private String written() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            StringBuilder text = new StringBuilder();
            for (Path file : files.toList()) {
                text.append(Files.readString(file));
            }
            return text.toString();
        }
    }

    private ForgetfulCache watched(Rig rig) {
        ForgetfulCache cache = new ForgetfulCache(rig.clock);
        rig.caches.add(new AgentCache("cache", cache, false, Duration.ZERO, folder));
        rig.start();
        return cache;
    }

    /** The journal is read by a thread of its own. */
    private static void awaitGood(Rig rig) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
            rig.advance(Duration.ofMillis(100));
            return !rig.agent().notReadyReason().startsWith("cache:");
        });
        assertThat(rig.counters().needsWipe).hasValue(0);
    }

    private static Outcome outcome(Rig rig, AgentCache cache) {
        rig.caches.add(cache);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.purge(Rig.URL)));
        rig.advance(Duration.ofSeconds(10));
        assertThat(rig.counters().unjournaled).hasValue(1);
        rig.agent().shutdown(Duration.ZERO);
        return rig.last(link).outcome();
    }

    private static final class ForgetfulCache extends ScriptedCache implements CacheServer.RestartCapable {
        private String life = "life-1";
        private ProbeResult newest = ProbeResult.Absent.ONE;
        private int marks;

        private ForgetfulCache(EngineClock clock) {
            super(clock);
        }

        @Override
        public Duration forgets() {
            return Duration.ofMinutes(2);
        }

        @Override
        public void life(Listener<String> listener) {
            listener.onResult(life);
        }

        @Override
        public void mark(Listener<Boolean> listener) {
            marks++;
            listener.onResult(true);
        }

        @Override
        public void marked(Listener<ProbeResult> listener) {
            listener.onResult(newest);
        }
    }
}
