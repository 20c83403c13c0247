// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Placement;
import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.RedirectRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.PreloadResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a preload fetches beyond its targets, and how many at once. */
class PreloadRunTest {
    private static final String BASE = "http://h.test/v/";

    private final Rig rig = new Rig();
    private final ScriptedCache.Able cache = rig.cache();

    private static RefreshTask preload(PreloadOptions options, String... urls) {
        RefreshTask task = RefreshTask.preload(urls);
        return task.withOptions(task.options().toBuilder().preload(options).build());
    }

    private void limits(PreloadLimits limits) {
        rig.settings = new AgentSettingsChange(rig.settings).preloads(limits);
    }

    private static PreloadResult playlist(String... lines) {
        byte[] text = ("#EXTM3U\n" + String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        return new PreloadResult.Loaded(200, text.length, text);
    }

    private Report end(EngineLink link, RefreshTask task) {
        rig.send(link, rig.command(1, task));
        Report last = rig.last(link);
        assertThat(last.isFinal()).isTrue();
        return last;
    }

    private void hasPlaylists() {
        Map<String, PreloadResult> answers = Map.of(
                BASE + "master.m3u8", playlist("low/index.m3u8", "http://other.test/x.m3u8", "low/index.m3u8"),
                BASE + "low/index.m3u8", playlist("1.ts", "2.ts", "../master.m3u8"));
        cache.onPreload = url -> answers.getOrDefault(url, new PreloadResult.Loaded(200, 100));
    }

    @Test
    void preload_playlistWithDepth_fetchesEverythingOnceOnItsOwnHost() {
        hasPlaylists();
        EngineLink link = rig.start().engines.connect(1, 1);
        Report report = end(link, preload(PreloadOptions.DEFAULTS.withDepth(2), BASE + "master.m3u8"));
        assertThat(report.outcome()).isEqualTo(Outcome.PRELOADED);
        assertThat(report.exceptions().get(0).reason()).contains("4 objects", "1 references to other hosts left out");
        assertThat(cache.calls)
                .containsExactlyInAnyOrder(
                        "preload " + BASE + "master.m3u8",
                        "preload " + BASE + "low/index.m3u8",
                        "preload " + BASE + "low/1.ts",
                        "preload " + BASE + "low/2.ts");
    }

    @Test
    void preload_playlistDepthOneOrNone_stopsThere() {
        hasPlaylists();
        EngineLink link = rig.start().engines.connect(1, 1);
        end(link, preload(PreloadOptions.DEFAULTS.withDepth(1), BASE + "master.m3u8"));
        assertThat(cache.calls).hasSize(2);
        rig.send(link, rig.command(2, preload(PreloadOptions.DEFAULTS, BASE + "master.m3u8")));
        assertThat(cache.calls).hasSize(3);
    }

    @Test
    void preload_playlistToAllowedHost_isFollowed() {
        hasPlaylists();
        EngineLink link = rig.start().engines.connect(1, 1);
        end(link, preload(PreloadOptions.DEFAULTS.withDepth(1).withHosts(List.of("other.test")), BASE + "master.m3u8"));
        assertThat(cache.calls).contains("preload http://other.test/x.m3u8");
    }

    @Test
    void preload_moreObjectsThanAllowed_isFailed() {
        limits(new PreloadLimits(4, 0, 0, Duration.ZERO, 2, List.of()));
        cache.onPreload =
                url -> url.endsWith("m3u8") ? playlist("1.ts", "2.ts", "3.ts") : new PreloadResult.Loaded(200, 1);
        EngineLink link = rig.start().engines.connect(1, 1);
        Report report = end(link, preload(PreloadOptions.DEFAULTS.withDepth(1), BASE + "x.m3u8"));
        assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(report.exceptions().get(0).reason()).contains("more than 2 objects");
    }

    @Test
    void preload_segmentFails_targetIsFailedAndNamesIt() {
        cache.onPreload = url -> url.endsWith("m3u8") ? playlist("gone.ts") : new PreloadResult.Rejected("status 404");
        EngineLink link = rig.start().engines.connect(1, 1);
        Report report = end(link, preload(PreloadOptions.DEFAULTS.withDepth(1), BASE + "x.m3u8"));
        assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(report.exceptions().get(0).reason()).contains("/v/gone.ts: status 404");
    }

    @Test
    void preload_segmentWhosePurgeIsUnderWay_waitsForIt() {
        cache.onPreload = url -> url.endsWith("m3u8") ? playlist("1.ts") : new PreloadResult.Loaded(200, 1);
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(
                link,
                rig.command(1, RefreshTask.purge(BASE + "1.ts")),
                rig.command(2, preload(PreloadOptions.DEFAULTS.withDepth(1), BASE + "x.m3u8")));
        assertThat(cache.calls).contains("preload " + BASE + "x.m3u8").doesNotContain("preload " + BASE + "1.ts");
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.calls).contains("preload " + BASE + "1.ts");
    }

    @Test
    void preload_variantsAndRanges_fetchesEachWithEach() {
        EngineLink link = rig.start().engines.connect(1, 1);
        PreloadOptions options = PreloadOptions.DEFAULTS
                .withVariants(List.of("Accept-Encoding: gzip"))
                .withRanges(List.of("0-9", "10-"));
        end(link, preload(options, BASE + "a"));
        assertThat(cache.headers)
                .containsExactlyInAnyOrder(
                        List.of("Range: bytes=0-9"),
                        List.of("Range: bytes=10-"),
                        List.of("Accept-Encoding: gzip", "Range: bytes=0-9"),
                        List.of("Accept-Encoding: gzip", "Range: bytes=10-"));
    }

    @Test
    void preload_redirect_isFollowedOnlyIfAskedAndAllowed() {
        cache.onPreload = url -> url.endsWith("/a")
                ? new PreloadResult.Redirected(302, "/b")
                : url.endsWith("/away")
                        ? new PreloadResult.Redirected(302, "http://other.test/")
                        : url.endsWith("/loop")
                                ? new PreloadResult.Redirected(302, "loop?" + cache.calls.size() + "/loop")
                                : new PreloadResult.Loaded(200, 1);
        EngineLink link = rig.start().engines.connect(1, 1);
        PreloadOptions follow = PreloadOptions.DEFAULTS.withRedirects(RedirectRule.FOLLOW);
        assertThat(end(link, preload(PreloadOptions.DEFAULTS, BASE + "a")).outcome())
                .isEqualTo(Outcome.FAILED);
        rig.send(link, rig.command(2, preload(follow, BASE + "a")));
        assertThat(rig.last(link).outcome()).isEqualTo(Outcome.PRELOADED);
        assertThat(cache.calls).contains("preload http://h.test/b");
        rig.send(link, rig.command(3, preload(follow, BASE + "away")));
        assertThat(rig.last(link).exceptions().get(0).reason()).contains("not allowed");
        rig.send(link, rig.command(4, preload(follow, BASE + "loop")));
        assertThat(rig.last(link).exceptions().get(0).reason()).contains("more than 5 redirects");
    }

    @Test
    void preload_manyOfOneHost_asManyAtOnceAsAllowedAndOthersGoOn() {
        limits(new PreloadLimits(2, 0, 0, Duration.ZERO, 10, List.of()));
        cache.isHoldingPreloads = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        String[] urls = IntStream.range(0, 10).mapToObj(i -> BASE + i).toArray(String[]::new);
        rig.send(
                link, rig.command(1, RefreshTask.preload(urls)), rig.command(2, RefreshTask.preload("http://i.test/")));
        assertThat(cache.held).hasSize(3);
        while (!cache.held.isEmpty()) {
            cache.held.remove().run();
            rig.run();
            assertThat(cache.held).hasSizeLessThanOrEqualTo(3);
        }
        assertThat(cache.countOf("preload")).isEqualTo(11);
        assertThat(rig.reports(link)).filteredOn(Report::isFinal).hasSize(2);
    }

    @Test
    void preload_withJitter_beginsWithinIt() {
        limits(new PreloadLimits(4, 0, 0, Duration.ofSeconds(10), 10, List.of()));
        EngineLink link = rig.start().engines.connect(1, 1);
        String[] urls = IntStream.range(0, 20).mapToObj(i -> BASE + i).toArray(String[]::new);
        rig.send(link, rig.command(1, RefreshTask.preload(urls)));
        assertThat(cache.calls).hasSizeLessThan(3);
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.calls).hasSizeBetween(3, 18);
        rig.advance(Duration.ofSeconds(5));
        assertThat(cache.calls).hasSize(20);
    }

    @Test
    void preload_inAPod_oneNodeFetchesEachObject() {
        List<String> pod = List.of("edge-1", "edge-2", "edge-3");
        Set<String> fetched = new HashSet<>();
        int calls = 0;
        String[] urls = IntStream.range(0, 60).mapToObj(i -> BASE + i).toArray(String[]::new);
        for (String node : pod) {
            Rig one = new Rig();
            ScriptedCache.Able itsCache = one.cache();
            one.settings = new AgentSettingsChange(one.settings)
                    .preloads(new PreloadLimits(4, 0, 0, Duration.ZERO, 10, pod), node);
            EngineLink link = one.start().engines.connect(1, 1);
            one.send(link, one.command(1, RefreshTask.preload(urls)));
            assertThat(one.last(link).outcome()).isEqualTo(Outcome.PRELOADED);
            assertThat(itsCache.calls).hasSizeBetween(5, 40);
            calls += itsCache.calls.size();
            fetched.addAll(itsCache.calls);
            one.send(link, one.command(2, preload(PreloadOptions.DEFAULTS.withPlacement(Placement.ALL), urls)));
            assertThat(itsCache.countOf("preload")).isGreaterThanOrEqualTo(60);
        }
        assertThat(calls).isEqualTo(60);
        assertThat(fetched).hasSize(60);
    }

    @Test
    void preload_takingLong_tellsItsBytes() {
        cache.isHoldingPreloads = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.preload(BASE + "large")));
        assertThat(cache.paces.get(0).read(1_000)).isZero();
        rig.advance(Duration.ofSeconds(6));
        assertThat(rig.last(link).isFinal()).isFalse();
        assertThat(rig.last(link).exceptions().get(0).reason()).contains("1000 bytes");
        assertThat(rig.counters().preloadBytes.get()).isEqualTo(1_000);
    }

    @Test
    void pace_overALimit_pausesUntilItIsKept() {
        limits(new PreloadLimits(4, 0, 1_000, Duration.ZERO, 10, List.of()));
        cache.isHoldingPreloads = true;
        EngineLink link = rig.start().engines.connect(1, 1);
        rig.send(link, rig.command(1, RefreshTask.preload(BASE + "1", BASE + "2")));
        assertThat(cache.paces.get(0).read(500)).isZero();
        assertThat(Duration.ofNanos(cache.paces.get(1).read(2_500))).isEqualTo(Duration.ofMillis(2_500));
        rig.clock.advance(Duration.ofSeconds(3));
        assertThat(cache.paces.get(0).read(500)).isZero();
    }
}
