// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer.Listener;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class VarnishIT extends RealCacheContract {
    @Override
    String driver() {
        return "varnish";
    }

    private VarnishCache varnish() {
        return (VarnishCache) cache();
    }

    /** Purges, and tells which of the paths of a.test are still there; the same paths of b.test must be. */
    private List<String> left(BiConsumer<PurgeRequest, Listener<CacheResult>> purge, Target target, String... paths) {
        for (String path : paths) {
            get("a.test", path);
            get("b.test", path);
        }
        assertThat(await(purge, new PurgeRequest(target, List.of(), ""))).isInstanceOf(CacheResult.Gone.class);
        for (String path : paths) {
            assertThat(get("b.test", path).isFromCache()).as("b.test" + path).isTrue();
        }
        return List.of(paths).stream()
                .filter(path -> get("a.test", path).isFromCache())
                .toList();
    }

    @Test
    void purgePrefix_twoHosts_removesBelowItOnOneHost() {
        String dir = path("/d.+") + "/";
        assertThat(left(
                        varnish()::purgePrefix,
                        Target.prefix("http://a.test" + dir),
                        dir + "1",
                        dir + "x/2",
                        "/q" + dir))
                .containsExactly("/q" + dir);
    }

    @Test
    void purgeRegex_twoHosts_removesWhatMatchesOnOneHost() {
        String dir = path("/r");
        String css = dir + "/a/x.css?v=1";
        String html = dir + "/a/x.html";
        assertThat(left(varnish()::purgeRegex, Target.regex("a.test", "^" + dir + "/.*\\.(css|js)"), css, html))
                .containsExactly(html);
    }

    @Test
    void purgeTag_twoHosts_removesTaggedOnOneHost() {
        String one = path("/") + "?tag=t-1";
        String two = path("/") + "?tag=t-1x";
        assertThat(left(varnish()::purgeTag, Target.tag("a.test", "t-1"), one, two))
                .containsExactly(two);
    }

    @Test
    void purgeHost_twoHosts_removesOneHost() {
        assertThat(left(varnish()::purgeHost, Target.host("a.test"), path("/"), path("/")))
                .isEmpty();
    }

    @Test
    void purgeHost_wildcard_removesOneLabelDeep() {
        String path = path("/");
        get("x.w.test", path);
        get("w.test", path);
        await(varnish()::purgeHost, new PurgeRequest(Target.host("*.w.test"), List.of(), ""));
        assertThat(get("x.w.test", path).isFromCache()).isFalse();
        assertThat(get("w.test", path).isFromCache()).isTrue();
    }

    @Test
    void purgeAll_removesEverything() {
        String path = path("/");
        get("a.test", path);
        get("b.test", path);
        CompletableFuture<CacheResult> result = new CompletableFuture<>();
        varnish().purgeAll(result::complete);
        assertThat(result.join()).isInstanceOf(CacheResult.Gone.class);
        assertThat(get("a.test", path).isFromCache()).isFalse();
        assertThat(get("b.test", path).isFromCache()).isFalse();
    }

    @Test
    void purgeSoft_cached_servesOnceMoreAndRevalidates() {
        String path = path("/");
        int old = get("a.test", path).version();
        int version = bump();
        assertThat(await(varnish()::purgeSoft, request("a.test", path))).isInstanceOf(CacheResult.Gone.class);
        assertThat(get("a.test", path).version()).isEqualTo(old);
        Awaitility.await().until(() -> get("a.test", path).version() == version);
    }
}
