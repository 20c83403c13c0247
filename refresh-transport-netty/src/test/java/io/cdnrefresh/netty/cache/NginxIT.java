// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealNginx;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NginxIT extends BroadCacheContract {
    @Override
    String driver() {
        return "nginx";
    }

    /** nginx goes on serving the file that was deleted: the probe must say so. */
    @Test
    void purgePrefix_openFileCache_isSeenByTheProbe() {
        try (RealNginx nginx = new RealNginx(origin.port()).withOpenFileCache()) {
            nginx.start();
            String dir = path("/open") + "/";
            for (int i = 0; i < 3; i++) {
                PlainHttp.get(nginx.port(), "a.test", dir + "1");
            }
            NginxCache cache = (NginxCache) CacheDrivers.create(nginx.settings().build(), client);
            Target prefix = Target.prefix("http://a.test" + dir);
            assertThat(await(cache::purgePrefix, of(prefix))).isInstanceOf(CacheResult.Gone.class);
            CompletableFuture<ProbeResult> seen = new CompletableFuture<>();
            cache.probeBroad(TaskKind.PREFIX, of(prefix), seen::complete);
            assertThat(seen.join()).isInstanceOf(ProbeResult.Present.class);
            cache.close();
        }
    }

    /** As preloads of a parent's edges come: whoever is late waits for the fetch under way. */
    @Test
    void fetches_ofOneObjectAtOnce_askTheOriginOnce() throws Exception {
        try (DemoOrigin slow = new DemoOrigin(0).delay(Duration.ofSeconds(1)).start();
                RealNginx nginx = new RealNginx(slow.port())) {
            nginx.start();
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                CompletableFuture<Integer> answer = new CompletableFuture<>();
                answers.add(answer);
                new Thread(
                                () -> {
                                    try {
                                        answer.complete(PlainHttp.get(nginx.port(), "a.test", "/together")
                                                .status());
                                    } catch (RuntimeException e) {
                                        answer.completeExceptionally(e);
                                    }
                                },
                                "client-" + i)
                        .start();
            }
            for (CompletableFuture<Integer> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(200);
            }
            assertThat(slow.hits("/together")).isEqualTo(1);
        }
    }

    /** Nobody can list the keys of slices: that is why {@code {slice}} in a host's rule is refused. */
    @Test
    void purge_objectInSlices_findsNoneOfThem() {
        try (RealNginx nginx = new RealNginx(origin.port()).withSlices()) {
            nginx.start();
            String path = path("/sliced");
            int old = PlainHttp.get(nginx.port(), "a.test", path).version();
            origin.bump();
            NginxCache cache = (NginxCache) CacheDrivers.create(nginx.settings().build(), client);
            Target url = Target.url("http://a.test" + path);
            assertThat(await(cache::purge, of(url)))
                    .isInstanceOfSatisfying(
                            CacheResult.Gone.class,
                            gone -> assertThat(gone.wasPresent()).isFalse());
            assertThat(PlainHttp.get(nginx.port(), "a.test", path).version()).isEqualTo(old);
            cache.close();
        }
    }
}
