// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.Listener;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.ProbeResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract with a real server that can remove more than a URL. Every test has two hosts: the other one's stays. */
abstract class BroadCacheContract extends RealCacheContract {
    private @Nullable CacheServer server;

    @BeforeAll
    void makeDriver() {
        server = cache();
    }

    /** One driver for purge and probe: it remembers what it has to look at. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // one cast here instead of one in every test
    final <C> C able() {
        return (C) java.util.Objects.requireNonNull(server);
    }

    static PurgeRequest of(Target target) {
        return new PurgeRequest(target, List.of(), "");
    }

    /** Purges, and tells which of the paths of a.test are still there; the same paths of b.test must be. */
    final List<String> left(
            TaskKind kind, BiConsumer<PurgeRequest, Listener<CacheResult>> purge, Target target, String... paths) {
        for (String path : paths) {
            get("a.test", path);
            get("b.test", path);
        }
        nextMoment();
        assertThat(await(purge, of(target))).isInstanceOf(CacheResult.Gone.class);
        for (String path : paths) {
            assertThat(get("b.test", path).isFromCache()).as("b.test" + path).isTrue();
        }
        assertThat(probeBroad(kind, target)).isEqualTo(ProbeResult.Absent.ONE);
        return List.of(paths).stream()
                .filter(path -> get("a.test", path).isFromCache())
                .toList();
    }

    /** Waits until what is stored from now on is newer, by the server's grain of time, than all that was purged. */
    void nextMoment() {}

    final ProbeResult probeBroad(TaskKind kind, Target target) {
        CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        this.<CacheServer.BroadProbeCapable>able().probeBroad(kind, of(target), result::complete);
        return result.join();
    }

    @Test
    void purgePrefix_twoHosts_removesBelowItOnOneHost() {
        String dir = path("/d.+") + "/";
        CacheServer.PrefixPurgeCapable cache = able();
        assertThat(left(
                        TaskKind.PREFIX,
                        cache::purgePrefix,
                        Target.prefix("http://a.test" + dir),
                        dir + "1",
                        dir + "x/2",
                        dir + "%7Ex?q=1&p=2",
                        "/q" + dir))
                .containsExactly("/q" + dir);
    }

    /** Servers that keep no port in the key remove the copies of all ports. */
    @Test
    void purgePrefix_hostWithPort_isGone() {
        String dir = path("/port") + "/";
        CacheServer.PrefixPurgeCapable cache = able();
        get("a.test:8080", dir + "1");
        get("b.test:8080", dir + "1");
        nextMoment();
        await(cache::purgePrefix, of(Target.prefix("http://a.test:8080" + dir)));
        assertThat(get("b.test:8080", dir + "1").isFromCache()).isTrue();
        assertThat(get("a.test:8080", dir + "1").isFromCache()).isFalse();
    }

    @Test
    void purgePrefix_variants_allAreGone() {
        String dir = path("/vary/d") + "/";
        String gzip = "Accept-Encoding: gzip";
        CacheServer.PrefixPurgeCapable cache = able();
        get("a.test", dir + "1");
        get("a.test", dir + "1", gzip);
        nextMoment();
        int version = bump();
        assertThat(await(cache::purgePrefix, of(Target.prefix("http://a.test" + dir))))
                .isInstanceOf(CacheResult.Gone.class);
        assertThat(get("a.test", dir + "1").version()).isEqualTo(version);
        assertThat(get("a.test", dir + "1", gzip).version()).isEqualTo(version);
    }

    @Test
    void purgeRegex_twoHosts_removesWhatMatchesOnOneHost() {
        String dir = path("/r");
        String css = dir + "/a/x.css?v=1";
        String html = dir + "/a/x.html";
        CacheServer.RegexPurgeCapable cache = able();
        assertThat(left(
                        TaskKind.REGEX,
                        cache::purgeRegex,
                        Target.regex("a.test", "^" + dir + "/.*\\.(css|js)"),
                        css,
                        html))
                .containsExactly(html);
    }

    @Test
    void purgeRegex_hostThatOnlyLooksAlike_stays() {
        String path = path("/look");
        get("a.test.evil.test", path);
        nextMoment();
        CacheServer.RegexPurgeCapable cache = able();
        assertThat(left(TaskKind.REGEX, cache::purgeRegex, Target.regex("a.test", "ook"), path))
                .isEmpty();
        assertThat(get("a.test.evil.test", path).isFromCache()).isTrue();
    }

    @Test
    void purgeHost_twoHosts_removesOneHost() {
        CacheServer.HostPurgeCapable cache = able();
        assertThat(left(TaskKind.HOST, cache::purgeHost, Target.host("a.test"), path("/"), path("/")))
                .isEmpty();
    }

    @Test
    void purgeHost_wildcard_removesOneLabelDeep() {
        String path = path("/");
        get("x.w.test", path);
        get("y.x.w.test", path);
        get("w.test", path);
        nextMoment();
        CacheServer.HostPurgeCapable cache = able();
        await(cache::purgeHost, of(Target.host("*.w.test")));
        assertThat(get("y.x.w.test", path).isFromCache()).isTrue();
        assertThat(get("w.test", path).isFromCache()).isTrue();
        assertThat(probeBroad(TaskKind.HOST, Target.host("*.w.test"))).isEqualTo(ProbeResult.Absent.ONE);
        assertThat(get("x.w.test", path).isFromCache()).isFalse();
    }

    @Test
    void purgeAll_removesEverything() {
        String path = path("/");
        get("a.test", path);
        get("b.test", path);
        nextMoment();
        CompletableFuture<CacheResult> result = new CompletableFuture<>();
        this.<CacheServer.AllPurgeCapable>able().purgeAll(result::complete);
        assertThat(result.join()).isInstanceOf(CacheResult.Gone.class);
        assertThat(probeBroad(TaskKind.ALL, new Target("", "", ""))).isEqualTo(ProbeResult.Absent.ONE);
        assertThat(get("a.test", path).isFromCache()).isFalse();
        assertThat(get("b.test", path).isFromCache()).isFalse();
    }
}
