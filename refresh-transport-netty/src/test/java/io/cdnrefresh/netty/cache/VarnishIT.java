// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class VarnishIT extends BroadCacheContract {
    @Override
    String driver() {
        return "varnish";
    }

    @Test
    void purgeTag_twoHosts_removesTaggedOnOneHost() {
        String one = path("/") + "?tag=t-1";
        String two = path("/") + "?tag=t-1x";
        CacheServer.TagPurgeCapable cache = able();
        assertThat(left(TaskKind.TAG, cache::purgeTag, Target.tag("a.test", "t-1"), one, two))
                .containsExactly(two);
    }

    @Test
    void purgeSoft_url_servesOnceMoreAndRevalidates() {
        assertServedOnceMore(TaskKind.URL, "/");
    }

    @Test
    void purgeSoft_host_servesOnceMoreAndRevalidates() {
        assertServedOnceMore(TaskKind.HOST, "/");
    }

    @Test
    void purgeSoft_tag_servesOnceMoreAndRevalidates() {
        assertServedOnceMore(TaskKind.TAG, "/?tag=soft");
    }

    private void assertServedOnceMore(TaskKind kind, String end) {
        String path = path("/soft") + end;
        Target target = switch (kind) {
            case URL -> Target.url("http://a.test" + path);
            case TAG -> Target.tag("a.test", "soft");
            default -> Target.host("a.test");
        };
        int old = get("a.test", path).version();
        get("b.test", path);
        int version = bump();
        CompletableFuture<CacheResult> result = new CompletableFuture<>();
        this.<CacheServer.SoftPurgeCapable>able().purgeSoft(kind, of(target), result::complete);
        assertThat(result.join()).isInstanceOf(CacheResult.Gone.class);
        assertThat(get("a.test", path).version()).isEqualTo(old);
        Awaitility.await().until(() -> get("a.test", path).version() == version);
        assertThat(get("b.test", path).version()).isEqualTo(old);
    }
}
