// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.Listener;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What every {@link CacheServer} must do, asked against a running cache in front of an origin whose content has a
 * version. A subclass starts both (fresh, or with paths that no other test used: {@link #path}) and answers the questions
 * below. Fences of the driver under test should be short: the suite waits for them.
 */
public abstract class CacheServerContract {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final long WAIT_SECONDS = 30;

    /** What a client got: the content's version, and whether the origin was asked for it. */
    public record Fetched(int version, boolean isFromCache) {}

    /** The driver of the running cache. */
    protected abstract CacheServer cache();

    /** A driver of a cache that is not running. */
    protected abstract CacheServer unreachable();

    /** A driver whose purges the running cache refuses, or null if there is no such thing. */
    protected abstract @Nullable CacheServer denied();

    /** A client's GET through the cache; header lines as {@code Name: value}. */
    protected abstract Fetched get(String host, String path, String... headers);

    /** Makes all content of the origin newer; returns its version. */
    protected abstract int bump();

    /** How long the origin takes for every answer from now on. */
    protected abstract void delay(Duration delay);

    /** How many requests for a path reached the origin. */
    protected abstract long originHits(String path);

    /** Whether this cache always keeps what a fetch brings that was under way at its purge. */
    protected abstract boolean refills();

    /** A path that no test used before; below {@code /vary/} the origin has a gzip and an identity variant. */
    protected static String path(String folder) {
        return folder + "t" + NEXT.incrementAndGet() + "-" + Long.toString(System.nanoTime(), 36);
    }

    /** A request about a URL. */
    protected static PurgeRequest request(String host, String path, String... headers) {
        return new PurgeRequest(Target.url("http://" + host + path), List.of(headers), "");
    }

    /** The result that a listener is told, waited for. */
    protected static <R> R await(BiConsumer<PurgeRequest, Listener<R>> call, PurgeRequest request) {
        CompletableFuture<R> result = new CompletableFuture<>();
        call.accept(
                request,
                told -> assertThat(result.complete(told)).as("told once").isTrue());
        return result.orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
    }

    private CacheResult purge(String host, String path) {
        return await(cache()::purge, request(host, path));
    }

    private ProbeResult probe(String host, String path, String... headers) {
        return await(cache()::probe, request(host, path, headers));
    }

    @Test
    void purge_cached_isGoneAndTheNextIsNew() {
        String path = path("/");
        assertThat(get("a.test", path).isFromCache()).isFalse();
        assertThat(get("a.test", path).isFromCache()).isTrue();
        int version = bump();
        assertThat(purge("a.test", path)).isInstanceOfSatisfying(CacheResult.Gone.class, gone -> {
            assertThat(gone.wasPresent()).isTrue();
            assertThat(gone.appliedAt()).isBetween(Instant.now().minusSeconds(5), Instant.now());
        });
        assertThat(probe("a.test", path)).isEqualTo(ProbeResult.Absent.ONE);
        assertThat(get("a.test", path)).isEqualTo(new Fetched(version, false));
    }

    @Test
    void purge_absent_isGoneAndWasNotThere() {
        assertThat(purge("a.test", path("/")))
                .isInstanceOfSatisfying(
                        CacheResult.Gone.class,
                        gone -> assertThat(gone.wasPresent()).isFalse());
    }

    @Test
    void purge_variants_allAreGoneForGood() {
        String path = path("/vary/%7E");
        String[] encodings = {"Accept-Encoding: gzip", "Accept-Encoding: gzip, deflate, br"};
        get("a.test", path);
        for (String encoding : encodings) {
            get("a.test", path, encoding);
            assertThat(get("a.test", path, encoding).isFromCache()).isTrue();
        }
        assertThat(get("a.test", path).isFromCache()).isTrue();
        int version = bump();
        assertThat(purge("a.test", path)).isInstanceOf(CacheResult.Gone.class);
        for (String encoding : encodings) {
            assertThat(probe("a.test", path, encoding)).isEqualTo(ProbeResult.Absent.ONE);
        }
        assertThat(get("a.test", path).version()).isEqualTo(version);
        for (String encoding : encodings) {
            // not before the first is stored again: Squid finds the old variants again by it
            assertThat(get("a.test", path, encoding).version()).isEqualTo(version);
        }
    }

    @Test
    void purge_oneHost_leavesTheOther() {
        String path = path("/");
        Fetched before = get("b.test", path);
        get("a.test", path);
        bump();
        purge("a.test", path);
        assertThat(get("b.test", path)).isEqualTo(new Fetched(before.version(), true));
    }

    @Test
    void purge_upperCaseHostOfClient_isTheSameObject() {
        String path = path("/");
        get("A.TEST", path);
        int version = bump();
        purge("a.test", path);
        assertThat(get("A.TEST", path).version()).isEqualTo(version);
    }

    @Test
    void purge_otherBytes_leavesTheObject() {
        String path = path("/enc/%7E");
        Fetched before = get("a.test", path + "?b=2&a=1");
        bump();
        purge("a.test", path + "?a=1&b=2");
        purge("a.test", path.replace("%7E", "~") + "?b=2&a=1");
        assertThat(get("a.test", path + "?b=2&a=1")).isEqualTo(new Fetched(before.version(), true));
        purge("a.test", path + "?b=2&a=1");
        assertThat(get("a.test", path + "?b=2&a=1").isFromCache()).isFalse();
    }

    @Test
    void probe_absent_neverAsksTheOrigin() {
        String path = path("/");
        assertThat(probe("a.test", path)).isEqualTo(ProbeResult.Absent.ONE);
        assertThat(originHits(path)).isZero();
    }

    @Test
    void probe_present_isNotStoredLaterThanItWas() {
        String path = path("/");
        Instant before = Instant.now();
        get("a.test", path);
        Instant after = Instant.now();
        assertThat(probe("a.test", path))
                .isInstanceOfSatisfying(
                        ProbeResult.Present.class,
                        present -> assertThat(present.storedAt()).isBetween(before.minusSeconds(3), after));
    }

    @Test
    void preload_then_getIsFromCache() {
        if (!(cache() instanceof CacheServer.PreloadCapable preloader)) {
            Assumptions.abort("this cache server cannot preload");
            return;
        }
        String path = path("/");
        assertThat(await(whole(preloader), request("a.test", path)))
                .isInstanceOfSatisfying(
                        PreloadResult.Loaded.class,
                        loaded -> assertThat(loaded.bytes()).isPositive());
        assertThat(get("a.test", path).isFromCache()).isTrue();
    }

    /** The trap that the fence is for. */
    @Test
    void purge_duringFetch_isDetectedAndTheNextPurgeEndsIt() throws Exception {
        String path = path("/");
        delay(Duration.ofSeconds(2));
        CompletableFuture<Fetched> client = CompletableFuture.supplyAsync(() -> get("a.test", path));
        Awaitility.await().until(() -> originHits(path) == 1);
        Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> !client.isDone());
        int version = bump();
        CacheResult first = purge("a.test", path);
        assertThat(first).isInstanceOf(CacheResult.Gone.class);
        assertThat(client.join().version()).isEqualTo(version - 1);
        delay(Duration.ZERO);
        CacheResult.Gone gone = (CacheResult.Gone) first;
        ProbeResult seen = probe("a.test", path);
        if (gone.fence().isZero()) {
            assertThat(refills()).as("who needs no fence never refills").isFalse();
            assertThat(seen).isEqualTo(ProbeResult.Absent.ONE);
            assertThat(get("a.test", path).version()).isEqualTo(version);
            return;
        }
        if (seen instanceof ProbeResult.Present present) {
            assertThat(present.storedAt())
                    .as("not later than the fence, else it would pass for new")
                    .isBefore(gone.appliedAt().plus(gone.fence()));
        }
        if (refills()) {
            assertThat(get("a.test", path)).as("the old copy is back").isEqualTo(new Fetched(version - 1, true));
        }
        assertThat(purge("a.test", path)).isInstanceOf(CacheResult.Gone.class);
        assertThat(probe("a.test", path)).isEqualTo(ProbeResult.Absent.ONE);
        assertThat(get("a.test", path).version()).isEqualTo(version);
    }

    @Test
    void everything_serverAway_isFailed() {
        PurgeRequest request = request("a.test", "/away");
        assertThat(await(unreachable()::purge, request)).isInstanceOf(CacheResult.Failed.class);
        assertThat(await(unreachable()::probe, request)).isInstanceOf(ProbeResult.Failed.class);
        if (unreachable() instanceof CacheServer.PreloadCapable preloader) {
            assertThat(await(whole(preloader), request)).isInstanceOf(PreloadResult.Failed.class);
        }
    }

    @Test
    void purge_notAllowed_isDenied() {
        CacheServer denied = denied();
        Assumptions.assumeTrue(denied != null, "this cache refuses nobody");
        if (denied != null) {
            assertThat(await(denied::purge, request("a.test", "/denied"))).isInstanceOf(CacheResult.Denied.class);
        }
    }

    @Test
    void close_requestUnderWay_isFailedOnce() {
        CacheServer closing = closable();
        delay(Duration.ofSeconds(2));
        if (closing instanceof CacheServer.PreloadCapable preloader) {
            CompletableFuture<PreloadResult> result = new CompletableFuture<>();
            whole(preloader)
                    .accept(
                            request("a.test", path("/")),
                            told -> assertThat(result.complete(told)).isTrue());
            closing.close();
            assertThat(result.orTimeout(1, TimeUnit.SECONDS).join()).isInstanceOf(PreloadResult.Failed.class);
        }
        closing.close();
        assertThat(await(closing::purge, request("a.test", "/closed"))).isInstanceOf(CacheResult.Failed.class);
        delay(Duration.ZERO);
    }

    /** Preloads whole objects as fast as they come. */
    public static BiConsumer<PurgeRequest, CacheServer.Listener<PreloadResult>> whole(
            CacheServer.PreloadCapable server) {
        return (request, listener) -> server.preload(new CacheServer.PreloadRequest(request, 0, bytes -> 0), listener);
    }

    /** A driver of the running cache that the suite may close. */
    protected abstract CacheServer closable();
}
