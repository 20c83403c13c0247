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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
        private ForgetfulCache(EngineClock clock) {
            super(clock);
        }

        @Override
        public Duration forgets() {
            return Duration.ofMinutes(2);
        }

        @Override
        public void life(Listener<String> listener) {
            listener.onResult("life-1");
        }
    }
}
