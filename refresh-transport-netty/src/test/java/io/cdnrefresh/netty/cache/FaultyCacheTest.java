// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.testkit.ScriptedServer;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.Listener;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import io.cdnrefresh.testkit.CacheServerContract;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches that lie, break off or answer strangely: never more is reported than was proven. */
class FaultyCacheTest {
    private static final PurgeRequest REQUEST =
            new PurgeRequest(Target.url("https://a.test/%7Ex?b=2&a=1"), List.of(), "00-1-2-01");

    private final NettyLoops loops = NettyLoops.builder().build();
    private final HttpClient client = HttpClient.builder().loops(loops).build();
    private final ScriptedServer server = new ScriptedServer();

    @AfterEach
    void close() {
        client.close();
        loops.close();
        server.close();
    }

    private CacheServer driver(String name) {
        return CacheDrivers.create(
                CacheSettings.builder(name, "http://127.0.0.1:" + server.port())
                        .timeout(Duration.ofSeconds(3))
                        .preloadTimeout(Duration.ofSeconds(3))
                        .build(),
                client);
    }

    private CacheServer.PreloadCapable preloader(String name) {
        return (CacheServer.PreloadCapable) driver(name);
    }

    private static <R> R await(BiConsumer<PurgeRequest, Listener<R>> call) {
        return await(call, REQUEST);
    }

    private static <R> R await(BiConsumer<PurgeRequest, Listener<R>> call, PurgeRequest request) {
        CompletableFuture<R> result = new CompletableFuture<>();
        call.accept(request, told -> assertThat(result.complete(told)).isTrue());
        return result.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static String answer(int status, String headers, String body) {
        return "HTTP/1.1 " + status + " X\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ats", "varnish", "nginx", "squid", "http"})
    void purge_anyDriver_sendsHostAndBytesAsGiven(String name) {
        server.always(answer(200, "", ""));
        assertThat(await(driver(name)::purge)).isInstanceOf(CacheResult.Gone.class);
        assertThat(server.requests())
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request)
                        .startsWith("PURGE /%7Ex?b=2&a=1 HTTP/1.1\r\n")
                        .containsIgnoringCase("\r\nhost: a.test\r\n")
                        .containsIgnoringCase("\r\nx-forwarded-proto: https\r\n")
                        .containsIgnoringCase("\r\ntraceparent: 00-1-2-01\r\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "200, Gone",
        "204, Gone",
        "404, Gone",
        "412, Gone",
        "403, Denied",
        "405, Denied",
        "501, Denied",
        "401, Denied",
        "301, Denied",
        "202, Failed",
        "429, Failed",
        "500, Failed",
        "502, Failed",
        "503, Failed",
        "504, Failed"
    })
    void purge_status_meansThis(int status, String expected) {
        server.always(answer(status, "", ""));
        assertThat(await(driver("http")::purge).getClass().getSimpleName()).isEqualTo(expected);
    }

    @Test
    void purge_oneVariantFails_isFailed() {
        server.script(answer(200, "", ""), answer(503, "", ""), answer(200, "", ""));
        assertThat(await(driver("nginx")::purge)).isInstanceOf(CacheResult.Failed.class);
    }

    @Test
    void purge_clientsOwnVariant_isPurgedToo() {
        server.always(answer(200, "", ""));
        PurgeRequest request = new PurgeRequest(REQUEST.target(), List.of("Accept-Encoding: br"), "");
        await(driver("nginx")::purge, request);
        assertThat(server.requests()).hasSize(4).anyMatch(sent -> sent.contains("ccept-Encoding: br\r\n"));
    }

    @Test
    void purge_200ButKept_isSeenByTheProbe() {
        server.script(answer(200, "", ""), answer(200, "X-Refresh-Stored: 1700000000.250\r\n", ""));
        CacheServer driver = driver("ats");
        CacheResult.Gone gone = (CacheResult.Gone) await(driver::purge);
        assertThat(await(driver::probe))
                .isEqualTo(new ProbeResult.Present(Instant.ofEpochSecond(1_700_000_000, 249_000_000)));
        assertThat(gone.appliedAt()).isAfter(Instant.ofEpochSecond(1_700_000_000));
    }

    @Test
    void probe_age_isRoundedDown() {
        server.always(answer(200, "Age: 5\r\n", ""));
        ProbeResult.Present present = (ProbeResult.Present) await(driver("squid")::probe);
        assertThat(present.storedAt())
                .isBetween(Instant.now().minusSeconds(7), Instant.now().minusSeconds(5));
    }

    @Test
    void probe_stampOfTheFuture_isNotBelieved() {
        server.always(answer(200, "X-Refresh-Stored: 9999999999\r\n", ""));
        ProbeResult.Present present = (ProbeResult.Present) await(driver("nginx")::probe);
        assertThat(present.storedAt()).isBeforeOrEqualTo(Instant.now());
    }

    @Test
    void probe_stampWhereNoServerWritesIt_isNotBelieved() {
        server.always(answer(200, "X-Refresh-Stored: 9999999999\r\n", ""));
        assertThat(await(driver("squid")::probe)).isInstanceOf(ProbeResult.Unknown.class);
    }

    @ParameterizedTest
    @CsvSource({"504, Absent", "200, Unknown", "404, Unknown", "405, Unknown", "500, Failed", "503, Failed"})
    void probe_statusWithoutTime_meansThis(int status, String expected) {
        server.always(answer(status, "", ""));
        assertThat(await(driver("http")::probe).getClass().getSimpleName()).isEqualTo(expected);
    }

    @Test
    void everything_answerLate_isFailed() {
        server.silent();
        assertThat(await(driver("varnish")::purge)).isInstanceOf(CacheResult.Failed.class);
        assertThat(await(driver("varnish")::probe)).isInstanceOf(ProbeResult.Failed.class);
        assertThat(await(CacheServerContract.whole(preloader("varnish")))).isInstanceOf(PreloadResult.Failed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nAge: 1",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhalf",
                "nonsense\r\n\r\n"
            })
    void everything_brokenOff_isFailed(String bytes) {
        server.thenClose(bytes);
        CacheServer driver = driver("http");
        assertThat(await(driver::purge)).isInstanceOf(CacheResult.Failed.class);
        assertThat(await(driver::probe)).isInstanceOf(ProbeResult.Failed.class);
        assertThat(await(CacheServerContract.whole(preloader("http")))).isInstanceOf(PreloadResult.Failed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
            })
    void everythingWithABody_halfBody_isFailed(String bytes) {
        server.thenClose(bytes);
        assertThat(await(driver("http")::purge)).isInstanceOf(CacheResult.Failed.class);
        assertThat(await(CacheServerContract.whole(preloader("http")))).isInstanceOf(PreloadResult.Failed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "200, max-age=9, Loaded",
        "206, max-age=9, Rejected",
        "200, no-store, Rejected",
        "200, private; max-age=9, Rejected",
        "301, max-age=9, Rejected",
        "404, max-age=9, Rejected",
        "503, max-age=9, Failed",
        "429, max-age=9, Failed"
    })
    void preload_answer_meansThis(int status, String control, String expected) {
        server.always(answer(status, "Cache-Control: " + control.replace(';', ',') + "\r\n", "body"));
        PreloadResult result = await(CacheServerContract.whole(preloader("nginx")));
        assertThat(result.getClass().getSimpleName()).isEqualTo(expected);
        if (result instanceof PreloadResult.Loaded loaded) {
            assertThat(loaded.bytes()).isEqualTo(4);
        }
    }

    @Test
    void ban_answeredByAnOrigin_isNoSuccess() {
        server.always(answer(200, "", ""));
        CacheServer.HostPurgeCapable varnish = (CacheServer.HostPurgeCapable) driver("varnish");
        PurgeRequest host = new PurgeRequest(Target.host("a.test"), List.of(), "");
        assertThat(await(varnish::purgeHost, host)).isInstanceOf(CacheResult.Denied.class);
    }

    @Test
    void ban_prefix_bearsHostAndQuotedPath() {
        server.always(answer(200, "X-Refresh-Banned: 1\r\n", ""));
        CacheServer.PrefixPurgeCapable varnish = (CacheServer.PrefixPurgeCapable) driver("varnish");
        PurgeRequest prefix = new PurgeRequest(Target.prefix("http://a.test/x.(y)/"), List.of(), "");
        assertThat(await(varnish::purgePrefix, prefix))
                .isInstanceOfSatisfying(
                        CacheResult.Gone.class, gone -> assertThat(gone.fence()).isEqualTo(Duration.ofSeconds(30)));
        assertThat(server.requests().get(0)).as("its witness").startsWith("GET /x.(y)/refreshwitness");
        assertThat(server.requests().get(1))
                .startsWith("BAN / HTTP/1.1")
                .containsIgnoringCase("X-Refresh-Host: ^a\\.test$\r\n")
                .containsIgnoringCase("X-Refresh-Url: ^/x\\.\\(y\\)/\r\n");
    }

    @Test
    void purgeRegex_notSafe_isUnsupportedAndNotSent() {
        CacheServer.RegexPurgeCapable varnish = (CacheServer.RegexPurgeCapable) driver("varnish");
        PurgeRequest regex = new PurgeRequest(Target.regex("a.test", "^/(a+)+x$"), List.of(), "");
        assertThat(await(varnish::purgeRegex, regex)).isInstanceOf(CacheResult.Unsupported.class);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void abilities_ofEachDriver_areWhatItReallyHas() {
        assertThat(driver("varnish")).isInstanceOf(CacheServer.SoftPurgeCapable.class);
        for (String name : List.of("ats", "nginx", "squid", "http")) {
            assertThat(driver(name))
                    .isInstanceOf(CacheServer.PreloadCapable.class)
                    .isNotInstanceOfAny(
                            CacheServer.PrefixPurgeCapable.class,
                            CacheServer.RegexPurgeCapable.class,
                            CacheServer.TagPurgeCapable.class,
                            CacheServer.HostPurgeCapable.class,
                            CacheServer.AllPurgeCapable.class,
                            CacheServer.SoftPurgeCapable.class);
        }
    }
}
