// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Reload.Result;
import io.cdnrefresh.spi.Reload.Wrong;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration read again: what counts, what is refused by name, what a fault does. */
class ReloaderTest {
    @TempDir
    Path folder;

    private final List<Config> told = new ArrayList<>();

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("refresh.toml"), text);
    }

    private Config load(Path file) {
        return ConfigLoader.load(file, Map.of(), List.of(), List.of());
    }

    private Reloader reloader(Path file) {
        Reloader reloader = new Reloader(load(file), () -> load(file), now -> ExposureCheck.check(now, true, true));
        reloader.add(told::add);
        return reloader;
    }

    private static String cache(String driver) {
        return "[[proxy.cache]]\ndriver = \"" + driver + "\"\nurl = \"http://127.0.0.1:1\"\n";
    }

    @Test
    void reload_cachesOfAProxy_countAtOnce() throws IOException {
        List<List<Config.Cache>> used = new ArrayList<>();
        Reloader reloader = reloader(file(cache("http")));
        reloader.caches(used::add);
        file("[proxy]\ngroup = \"other\"\n" + cache("squid"));
        assertThat(reloader.reload()).isEqualTo(new Result(List.of("proxy.cache"), List.of("proxy.group"), List.of()));
        assertThat(used)
                .singleElement()
                .satisfies(caches -> assertThat(caches)
                        .singleElement()
                        .extracting(Config.Cache::driver)
                        .isEqualTo("squid"));
        assertThat(reloader.reload().changed()).as("known by now").isEmpty();
    }

    @Test
    void reload_cachesThatCannotBeUsed_changeNothing() throws IOException {
        Reloader reloader = reloader(file("[limit]\ntenant = \"10/s\"\n" + cache("http")));
        reloader.caches(caches -> {
            throw new IllegalArgumentException("caches: refused (expected: others)");
        });
        file("[limit]\ntenant = \"20/s\"\n" + cache("squid"));
        assertThat(reloader.reload().faults())
                .singleElement()
                .satisfies(wrong -> assertThat(wrong.toString()).contains("proxy.cache", "caches: refused"));
        assertThat(told).isEmpty();
    }

    @Test
    void reload_reloadableKey_countsAndOthersAreRefusedByName() throws IOException {
        Reloader reloader = reloader(file("[limit]\ntenant = \"10/s\"\n[engine.http]\nport = 9181\n"));
        Path file = file("""
            [limit]
            tenant = "20/s"
            [engine.http]
            port = 9281
            [[proxy.cache]]
            driver = "http"
            url = "http://127.0.0.1:1"
            """);
        Result result = reloader.reload();
        assertThat(result)
                .isEqualTo(new Result(List.of("limit.tenant"), List.of("engine.http.port", "proxy.cache"), List.of()));
        assertThat(told).singleElement().satisfies(now -> {
            assertThat(now.text("limit.tenant")).isEqualTo("20/s");
            assertThat(now.number("engine.http.port"))
                    .as("not before a restart")
                    .isEqualTo(9181);
            assertThat(now.origins().get("limit.tenant")).isEqualTo(file + ":2");
        });
        assertThat(reloader.reload().refused())
                .as("what waits for a restart is told each time")
                .containsExactly("engine.http.port", "proxy.cache");
        assertThat(told).hasSize(1);
    }

    @Test
    void reload_wrongFile_changesNothingAndTellsEveryFault() throws IOException {
        Reloader reloader = reloader(file("[limit]\ntenant = \"10/s\"\n"));
        Path file = file("[limit]\ntenant = \"20/s\"\nhost = \"many\"\n[log]\nlevel = \"loud\"\nnonsense = 1\n");
        Result result = reloader.reload();
        assertThat(result.faults())
                .extracting(Wrong::place, Wrong::key, Wrong::value)
                .containsExactlyInAnyOrder(
                        tuple(file + ":3", "limit.host", "many"),
                        tuple(file + ":5", "log.level", "loud"),
                        tuple(file + ":6", "log.nonsense", "1"));
        assertThat(result.changed()).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void reload_listenerThatWouldFaceTheNetwork_isAFault() throws IOException {
        Reloader reloader = reloader(file(""));
        file("[engine.rpc]\nhost = \"0.0.0.0\"\n[limit]\ntenant = \"1/s\"\n");
        assertThat(reloader.reload().faults()).extracting(Wrong::key).containsExactly("engine.rpc.host");
        assertThat(told).isEmpty();
    }

    @Test
    void reload_fileAndKeyGone_isBackToTheDefault() throws IOException {
        Reloader reloader = reloader(file("[limit]\ntenant = \"10/s\"\n"));
        Path file = file("");
        assertThat(reloader.reload().changed()).containsExactly("limit.tenant");
        assertThat(told.get(0).text("limit.tenant")).isEmpty();
        Files.delete(file);
        assertThat(reloader.reload().faults())
                .singleElement()
                .extracting(Wrong::key)
                .isEqualTo("--config");
    }

    @Test
    void signal_thatComes_isHeard() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        Signals.on("USR1", heard::incrementAndGet);
        assertThat(new ProcessBuilder(
                                "kill",
                                "-USR1",
                                String.valueOf(ProcessHandle.current().pid()))
                        .start()
                        .waitFor())
                .isZero();
        await().untilAsserted(() -> assertThat(heard.get()).isEqualTo(1));
    }

    @Test
    void engine_limitsAndOrigins_countWithoutARestart() throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "engine.http.port=0", "engine.rpc.port=0", "engine.durability=memory", "engine.data=" + folder));
        Config config = ConfigLoader.load(null, Map.of(), settings, List.of());
        Reloader reloader = new Reloader(
                config,
                () -> ConfigLoader.load(null, Map.of(), settings, List.of()),
                now -> ExposureCheck.check(now, true, false));
        try (NettyLoops loops = NettyLoops.create();
                EngineService engine = EngineService.start(config, loops)) {
            reloader.add(engine::apply);
            engine.onReload(reloader);
            engine.awaitReady();
            String api = "http://127.0.0.1:" + engine.apiPort() + "/v1/engine/";
            assertThat(call("GET", api + "quota").body()).contains("\"limits\":[]");
            settings.add("limit.tenant=7/m");
            settings.add("engine.http.allow-origins=https://portal.example");
            settings.add("engine.lanes=2");
            HttpResponse<String> answer = call("POST", api + "reload");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo("{\"changed\":[\"engine.http.allow-origins\",\"limit.tenant\"],"
                            + "\"needRestart\":[\"engine.lanes\"]}");
            HttpResponse<String> quota = call("GET", api + "quota");
            assertThat(quota.body()).contains("\"limit\":7");
            assertThat(quota.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://portal.example");
            settings.add("limit.host=x");
            HttpResponse<String> wrong = call("POST", api + "reload");
            assertThat(wrong.statusCode()).isEqualTo(422);
            assertThat(wrong.body()).contains("\"field\":\"limit.host\"", "nothing was changed");
        }
    }

    private static HttpResponse<String> call(String method, String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Origin", "https://portal.example")
                .method(method, BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }
}
