// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AtsIT extends BroadCacheContract {
    @Override
    String driver() {
        return "ats";
    }

    /** Its PURGE mostly waits until fetches under way have ended; not always. */
    @Override
    protected boolean refills() {
        return false;
    }

    /** Its rules count whole seconds; what was stored in the second of a purge is removed, too. */
    @Override
    @BeforeEach
    void nextMoment() {
        long now = Instant.now().getEpochSecond();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Instant.now().getEpochSecond() > now);
    }

    @Test
    void purgeSoft_cached_isRevalidatedAtTheNextRequest() {
        String path = path("/soft");
        get("a.test", path);
        get("b.test", path);
        int version = bump();
        CompletableFuture<CacheResult> result = new CompletableFuture<>();
        this.<CacheServer.SoftPurgeCapable>able()
                .purgeSoft(TaskKind.URL, of(Target.url("http://a.test" + path)), result::complete);
        assertThat(result.join()).isInstanceOf(CacheResult.Gone.class);
        assertThat(get("a.test", path).version()).isEqualTo(version);
        assertThat(get("b.test", path).isFromCache()).isTrue();
    }

    @Test
    void purgePrefix_hardAfterSoft_isHard() {
        String dir = path("/both") + "/";
        get("a.test", dir + "1");
        CompletableFuture<CacheResult> soft = new CompletableFuture<>();
        this.<CacheServer.SoftPurgeCapable>able().purgeSoft(TaskKind.HOST, of(Target.host("a.test")), soft::complete);
        assertThat(soft.join()).isInstanceOf(CacheResult.Gone.class);
        assertThat(left(
                        TaskKind.PREFIX,
                        this.<CacheServer.PrefixPurgeCapable>able()::purgePrefix,
                        Target.prefix("http://a.test" + dir),
                        dir + "1"))
                .isEmpty();
    }

    @Test
    void purgeHard_softRulesOfOthers_stayAsTheyAre() {
        CacheServer.SoftPurgeCapable soft = able();
        for (String host : List.of("**.a.test", "b.test")) {
            CompletableFuture<CacheResult> result = new CompletableFuture<>();
            soft.purgeSoft(TaskKind.HOST, of(Target.host(host)), result::complete);
            assertThat(result.join())
                    .isInstanceOf(host.startsWith("*") ? CacheResult.Unsupported.class : CacheResult.Gone.class);
        }
        CompletableFuture<CacheResult> all = new CompletableFuture<>();
        soft.purgeSoft(TaskKind.ALL, of(new Target("", "", "")), all::complete);
        assertThat(all.join()).isInstanceOf(CacheResult.Unsupported.class);
        nextMoment();
        String dir = path("/others") + "/";
        assertThat(left(
                        TaskKind.PREFIX,
                        this.<CacheServer.PrefixPurgeCapable>able()::purgePrefix,
                        Target.prefix("http://a.test" + dir),
                        dir + "1"))
                .isEmpty();
        get("b.test", dir + "2");
        nextMoment();
        CacheServer.HostPurgeCapable hosts = able();
        await(hosts::purgeHost, of(Target.host("*.a.test")));
        assertThat(get("b.test", dir + "2").isFromCache()).isTrue();
    }

    /** More than one change within a second, and more rules than the file takes. */
    @Test
    void purgePrefix_manyAtOnce_allAreInForce() {
        List<CompletableFuture<CacheResult>> results = new ArrayList<>();
        String dir = path("/many") + "/";
        for (int i = 0; i < RuleFile.MAX_RULES + 10; i++) {
            get("a.test", dir + i + "/x");
            CompletableFuture<CacheResult> result = new CompletableFuture<>();
            results.add(result);
            this.<CacheServer.PrefixPurgeCapable>able()
                    .purgePrefix(of(Target.prefix("http://a.test" + dir + i + "/")), result::complete);
        }
        assertThat(results).allSatisfy(result -> assertThat(result.join()).isInstanceOf(CacheResult.Gone.class));
        int version = bump();
        for (int i = 0; i < RuleFile.MAX_RULES + 10; i++) {
            assertThat(get("a.test", dir + i + "/x").version()).isEqualTo(version);
        }
    }
}
