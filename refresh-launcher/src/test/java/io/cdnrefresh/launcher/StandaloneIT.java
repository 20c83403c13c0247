// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import io.cdnrefresh.netty.demo.DemoOrigin;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engine and proxy in one process, with the small cache as a forward proxy. */
class StandaloneIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    @Test
    void submitWait_cachedObject_isGoneAndTheNewOneComes() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                LauncherProcess standalone = standalone()) {
            URI cache = URI.create(
                    standalone.awaitErr("small cache: curl -x (\\S+)").group(1));
            String engine = standalone.awaitErr("ready engine=(\\S+)").group(1);
            String url = "http://127.0.0.1:" + origin.port() + "/a.css";
            assertThat(get(cache, url)).isEqualTo("MISS 1");
            assertThat(get(cache, url)).isEqualTo("HIT 1");
            origin.bump();
            assertThat(get(cache, url)).isEqualTo("HIT 1");

            Ended submitted = LauncherProcess.run(
                    "submit", "--engine", engine, "--retry-for", "30s", "--label", "release:42", "--wait", url);

            assertThat(submitted.exitCode())
                    .as(submitted.out() + submitted.err())
                    .isZero();
            assertThat(submitted.out()).contains("DONE").contains("{\"VERIFIED\":1}");
            assertThat(get(cache, url)).isEqualTo("MISS 2");
            assertReads(engine, url);

            standalone.terminate();
            standalone.awaitEnd(PATIENCE);
            assertThat(standalone.text()).contains("stopping").contains("stopped");
        }
        assertKeepsTasks();
    }

    private void assertKeepsTasks() {
        try (LauncherProcess again = standalone()) {
            String engine = again.awaitErr("ready engine=(\\S+)").group(1);
            Ended listed = LauncherProcess.run("list", "--engine", engine, "--label", "release:42");
            assertThat(listed.out().lines()).singleElement().asString().contains("DONE");
        }
    }

    private static void assertReads(String engine, String url) {
        assertThat(LauncherProcess.run("devices", "--engine", engine).out()).contains("it-node  online");
        assertThat(LauncherProcess.run("explain", "--engine", engine, url).out())
                .contains("it-node", "keys: [{\"index\":0,\"keys\":[\"" + url + "\"]}]");
        assertThat(LauncherProcess.run("status", "--engine", engine, "404").exitCode())
                .isEqualTo(2);
        Ended wrong = LauncherProcess.run("submit", "--engine", engine, "nonsense");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("targets[0]: nonsense (expected: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"engine.http.host", "engine.rpc.host", "proxy.http.host"})
    void start_publicAddressWithoutKeys_isRefused(String key) {
        Ended ended = LauncherProcess.run(arguments("standalone", key + "=0.0.0.0"));

        assertThat(ended.exitCode()).isEqualTo(2);
        String instead = key.equals("engine.rpc.host")
                ? "or TLS with engine.rpc.token or engine.rpc.tls-client-ca"
                : "because nobody needs a key there";
        if (key.equals("engine.http.host")) {
            assertThat(ended.err())
                    .contains(key + ": 0.0.0.0", "because there are no API keys", "refresh key add --admin");
            return;
        }
        assertThat(ended.err().lines())
                .containsExactly("--set: " + key + ": 0.0.0.0 (expected: a loopback address, " + instead
                        + "; or auth.insecure = true)");
    }

    @Test
    void start_publicAddressDeclaredInsecure_warns() {
        try (LauncherProcess engine =
                LauncherProcess.start(arguments("engine", "engine.http.host=0.0.0.0", "auth.insecure=true"))) {
            engine.awaitErr("WARN .*insecure: engine.http.host=0.0.0.0 faces the network");
            engine.awaitErr("ready engine=");
        }
    }

    @Test
    void start_dataFolderInUse_isRefused() {
        try (LauncherProcess first = LauncherProcess.start(arguments("engine"))) {
            first.awaitErr("ready engine=");
            Ended second = LauncherProcess.run(arguments("engine"));
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err()).contains("engine.data: ");
        }
    }

    @Test
    void start_driverWithoutItsFile_namesTheFile() throws IOException {
        Path elsewhere = java.nio.file.Files.copy(LauncherProcess.jar(), folder.resolve("refresh.jar"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        elsewhere.toString(),
                        "engine",
                        "--set",
                        "store.url=jdbc:mysql://127.0.0.1:1/refresh",
                        "--set",
                        "engine.data=" + folder.resolve("data"))
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).isEqualTo(2);
        assertThat(text)
                .contains("store.url: needs " + folder.resolve("drivers").resolve("mysql-connector-j-*.jar"));
    }

    @Test
    void durabilityMemory_isSaidInLogAnswerAndStats() throws Exception {
        try (LauncherProcess engine = LauncherProcess.start(arguments("standalone", "engine.durability=memory"))) {
            engine.awaitErr("WARN .*engine.durability=memory: tasks are lost when this process dies");
            int port = Integer.parseInt(
                    engine.awaitErr("ready engine=http://\\S+:(\\d+)").group(1));
            EngineApi api = new EngineApi(port);
            api.awaitBody("/v1/engine/devices", 200, "\"connected\":true");
            HttpResponse<String> accepted = api.post("/v1/engine/task", "{\"targets\":[\"http://www.example.com/a\"]}");
            assertThat(accepted.statusCode()).isEqualTo(202);
            assertThat(accepted.body()).contains("\"durable\":false");
            api.awaitBody("/v1/engine/stats", 200, "\"store_durable\":0");
        }
    }

    private LauncherProcess standalone() {
        return LauncherProcess.start(arguments("standalone"));
    }

    private String[] arguments(String command, String... overrides) {
        List<String> words = new ArrayList<>(List.of(command));
        List<String> all = new ArrayList<>(List.of(
                "engine.http.port=0",
                "engine.rpc.port=0",
                "proxy.http.port=0",
                "proxy.id=it-node",
                "standalone.cache-port=0",
                "engine.data=" + folder.resolve("data")));
        all.addAll(List.of(overrides));
        for (String override : all) {
            words.add("--set");
            words.add(override);
        }
        return words.toArray(new String[0]);
    }

    private static String get(URI cache, String url) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress(cache.getHost(), cache.getPort())))
                .build();
        HttpResponse<Void> response = client.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                BodyHandlers.discarding());
        return response.headers().firstValue("X-Cache").orElse("none") + " "
                + response.headers().firstValue("X-Version").orElse("none");
    }
}
