// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.demo.SmallCache;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What engine and proxy tell Prometheus, against the documentation and the examples of its use. */
class MetricsTest {
    private static final Path DOCS = Path.of("..", "docs", "metrics.md");
    private static final Path EXAMPLES = Path.of("..", "examples", "monitoring");
    private static final String FROM = "<!-- table: written by MetricsTest -->\n";
    private static final String TO = "<!-- end of table -->";
    private static final Pattern NAME = Pattern.compile("\\b(?:refresh|jvm|process)_[a-z0-9_]+");

    @TempDir
    static Path folder;

    private static final Closing parts = new Closing();
    private static final HttpClient client = HttpClient.newHttpClient();
    private static String engineText = "";
    private static String proxyText = "";

    @BeforeAll
    static void runATask() throws Exception {
        Config config = ConfigLoader.load(
                null,
                Map.of(),
                List.of(
                        "engine.http.port=0",
                        "engine.rpc.port=0",
                        "proxy.http.port=0",
                        "proxy.id=metrics-node",
                        "engine.data=" + folder.resolve("engine"),
                        "proxy.data=" + folder.resolve("proxy")),
                List.of());
        NettyLoops loops = parts.add("loops", NettyLoops.create());
        EngineService engine = parts.add("engine", EngineService.start(config, loops));
        engine.awaitReady();
        SmallCache cache =
                parts.add("cache", SmallCache.builder().port(0).build().start());
        ProxyService proxy = parts.add(
                "proxy",
                ProxyService.start(
                        config,
                        List.of(new Config.Cache("small", "http", "http://127.0.0.1:" + cache.port(), "back", null)),
                        List.of("127.0.0.1:" + engine.rpcPort()),
                        loops));
        String api = "http://127.0.0.1:" + engine.apiPort();
        await().ignoreExceptions()
                .until(() -> get(api + "/v1/engine/devices").body().contains("metrics-node"));
        HttpRequest submit = HttpRequest.newBuilder(URI.create(api + "/v1/engine/task"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"targets\":[\"http://www.example.com/a\"]}"))
                .build();
        assertThat(client.send(submit, BodyHandlers.ofString()).statusCode()).isEqualTo(202);
        await().ignoreExceptions()
                .until(() -> get(api + "/metrics").body().contains("refresh_lag_seconds_count{stage=\"done\""));
        await().ignoreExceptions()
                .until(() -> get(api + "/metrics").body().contains("refresh_devices{state=\"online\""));
        HttpResponse<String> answer = get(api + "/metrics");
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        engineText = answer.body();
        proxyText = get("http://" + proxy.httpAddress() + "/metrics").body();
    }

    @AfterAll
    static void stop() {
        parts.close();
    }

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private record Family(String kind, String help) {}

    private static Map<String, Family> families(String text) {
        Map<String, Family> families = new TreeMap<>();
        String help = "";
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                help = words[3];
            } else if (line.startsWith("# TYPE ")) {
                assertThat(families.put(words[2], new Family(words[3], help)))
                        .as(words[2])
                        .isNull();
            }
        }
        return families;
    }

    @Test
    void text_isSound() {
        for (String text : List.of(engineText, proxyText)) {
            Map<String, Family> families = families(text);
            TreeSet<String> seen = new TreeSet<>();
            for (String line : text.lines().toList()) {
                if (line.startsWith("#")) {
                    continue;
                }
                assertThat(line)
                        .matches(
                                "[a-z_][a-z0-9_]*(\\{[a-z_]+=\"([^\"\\\\]|\\\\.)*\"(,[a-z_]+=\"([^\"\\\\]|\\\\.)*\")*\\})?"
                                        + " [-+]?([0-9.]+(E-?[0-9]+)?|Inf)");
                assertThat(seen.add(line.substring(0, line.lastIndexOf(' '))))
                        .as(line)
                        .isTrue();
                String name = line.split("[{ ]", 2)[0];
                String family = families.containsKey(name) ? name : name.replaceAll("_(bucket|sum|count)$", "");
                assertThat(families).as(line).containsKey(family);
            }
        }
    }

    @Test
    void names_areThoseThatOthersDependOn() {
        assertThat(families(engineText))
                .containsKeys(
                        "refresh_lag_seconds",
                        "refresh_owed_oldest_seconds",
                        "refresh_devices",
                        "refresh_gated_ratio",
                        "refresh_backlog_collapsed_total",
                        "refresh_quarantined_total",
                        "refresh_clock_skew_seconds",
                        "refresh_shed_total",
                        "refresh_fence_rejected_total",
                        "refresh_cert_expiry_seconds",
                        "refresh_queue_depth",
                        "refresh_pool_connections",
                        "jvm_gc_seconds_total",
                        "jvm_memory_used_bytes");
        assertThat(families(proxyText)).containsKeys("refresh_stale_again_total", "refresh_cert_expiry_seconds");
        assertThat(engineText).contains("refresh_devices{state=\"online\",group=\"default\",version=");
        assertThat(engineText).contains("refresh_owed_oldest_seconds{group=\"default\"} ");
        assertThat(engineText).contains("refresh_gated_ratio{group=\"default\"} ");
        assertThat(engineText).contains("refresh_shed_total{reason=\"limited\"} 0");
        assertThat(proxyText).contains("refresh_stale_again_total{driver=\"http\"} 0");
    }

    @Test
    void labels_nameNoDeviceAndNoUrl() {
        assertThat(engineText + proxyText).doesNotContain("metrics-node", "www.example.com");
    }

    @Test
    void documentation_hasEveryFamily_asItIs() throws IOException {
        Map<String, Family> engine = families(engineText);
        Map<String, Family> proxy = families(proxyText);
        Map<String, Family> all = new TreeMap<>(proxy);
        all.putAll(engine);
        StringBuilder table = new StringBuilder("| metric | type | of | meaning |\n|---|---|---|---|\n");
        all.forEach((name, family) -> {
            String of = !engine.containsKey(name) ? "proxy" : proxy.containsKey(name) ? "both" : "engine";
            table.append("| `%s` | %s | %s | %s |%n".formatted(name, family.kind, of, family.help));
        });
        String text = Files.readString(DOCS);
        String wanted =
                text.substring(0, text.indexOf(FROM) + FROM.length()) + table + text.substring(text.indexOf(TO));
        if (Boolean.getBoolean("refresh.write-docs")) {
            Files.writeString(DOCS, wanted);
            text = wanted;
        }
        assertThat(text)
                .as("-DargLine=-Drefresh.write-docs=true writes the table again")
                .isEqualTo(wanted);
    }

    @Test
    void examples_nameOnlyWhatThereIs() throws IOException {
        TreeSet<String> known = new TreeSet<>(families(engineText).keySet());
        known.addAll(families(proxyText).keySet());
        List<String> unknown = new ArrayList<>();
        int found = 0;
        try (Stream<Path> files = Files.walk(EXAMPLES)) {
            for (Path file : files.filter(path -> path.toString().matches(".*\\.(json|yml)"))
                    .toList()) {
                Matcher matcher = NAME.matcher(Files.readString(file));
                while (matcher.find()) {
                    found++;
                    String name = matcher.group().replaceAll("_(bucket|sum|count)$", "");
                    if (!known.contains(name) && !known.contains(matcher.group())) {
                        unknown.add(file.getFileName() + ": " + matcher.group());
                    }
                }
            }
        }
        assertThat(found).isGreaterThan(20);
        assertThat(unknown).isEmpty();
    }

    @Test
    void dashboard_isSoundJson_withAQueryInEachPanel() throws IOException {
        Object dashboard = Json.parse(Files.readAllBytes(EXAMPLES.resolve("grafana-dashboard.json")));
        assertThat(dashboard).isInstanceOf(Map.class);
        Object panels = ((Map<?, ?>) requireNonNull(dashboard)).get("panels");
        assertThat(panels).isInstanceOf(List.class);
        assertThat((List<?>) panels)
                .hasSizeGreaterThan(8)
                .allSatisfy(panel -> assertThat(panel.toString()).containsAnyOf("expr=", "type=row"));
    }
}
