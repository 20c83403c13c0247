// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Metric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Alerts on their way to a receiver: what it gets, and what happens when it is dead. */
class AlertOutputTest {
    private static final Instant AT = Instant.parse("2026-11-23T03:00:00Z");

    private final Closing parts = new Closing();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> authorizations = new LinkedBlockingQueue<>();
    private NettyLoops loops;
    private HttpClient client;
    private volatile int status = 200;

    @BeforeEach
    void open() {
        loops = parts.add("loops", NettyLoops.create());
        client = parts.add("client", HttpClient.builder().loops(loops).build());
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private int receiver() {
        HttpApiServer server = parts.add(
                "receiver",
                HttpApiServer.builder((request, responder) -> {
                            int now = status; // before the test knows of the call
                            received.add(new String(request.body(), StandardCharsets.UTF_8));
                            authorizations.add(header(request));
                            responder.respond(new ApiResponse(now, "", List.of(), new byte[0]));
                        })
                        .port(0)
                        .loops(loops)
                        .build());
        server.start();
        return server.port();
    }

    private static String header(ApiRequest request) {
        String value = request.header("Authorization");
        return request.path() + " " + value;
    }

    private AlertOutput output(String... settings) {
        return parts.add("alerts", new AlertOutput(config(settings), client, "engine-1:9181"));
    }

    private static Config config(String... settings) {
        return ConfigLoader.load(null, Map.of(), List.of(settings), List.of());
    }

    private static Alert alert(Severity severity, String name, String subject, long suppressed) {
        return new Alert(AT, severity, name, subject, "it is so", suppressed);
    }

    private String next() throws InterruptedException {
        String body = received.poll(30, TimeUnit.SECONDS);
        assertThat(body).isNotNull();
        return body;
    }

    private static double value(AlertOutput output, String name, String sink) {
        return output.metrics().stream()
                .filter(metric -> metric.name().equals(name))
                .flatMap(metric -> metric.samples().stream())
                .filter(sample -> sample.labels().contains(sink))
                .mapToDouble(Metric.Sample::value)
                .sum();
    }

    @Test
    void alertmanager_anAlert_isAsItsApiWantsIt() throws Exception {
        AlertOutput output =
                output("alert.url=http://127.0.0.1:" + receiver() + "/api/v2/alerts", "alert.token=sesame");
        output.onAlert(alert(Severity.ERROR, "store-down", "store", 3));
        assertThat(next())
                .isEqualTo("[{\"labels\":{\"alertname\":\"store-down\",\"severity\":\"critical\",\"subject\":\"store\","
                        + "\"instance\":\"engine-1:9181\",\"service\":\"cdn-refresh\"},"
                        + "\"annotations\":{\"description\":\"it is so\",\"suppressed\":\"3\"},"
                        + "\"startsAt\":\"2026-11-23T03:00:00Z\",\"endsAt\":\"2026-11-23T03:05:00Z\"}]");
        assertThat(authorizations.take()).isEqualTo("/api/v2/alerts Bearer sesame");
        await().until(() -> value(output, "refresh_alerts_sent_total", "webhook") == 1);
    }

    @Test
    void json_anAlert_isAPlainObject() throws Exception {
        AlertOutput output = output("alert.url=http://127.0.0.1:" + receiver() + "/", "alert.format=json");
        output.onAlert(alert(Severity.WARN, "device-offline", "d1", 0));
        assertThat(next())
                .isEqualTo(
                        "{\"alerts\":[{\"at\":\"2026-11-23T03:00:00Z\",\"severity\":\"warn\",\"name\":\"device-offline\",\"subject\":\"d1\",\"detail\":\"it"
                                + " is so\",\"suppressed\":0,\"instance\":\"engine-1:9181\"}]}");
    }

    @Test
    void receiver_thatFails_getsAllOfItLater_withExactCounts() throws Exception {
        status = 500;
        AlertOutput output = output("alert.url=http://127.0.0.1:" + receiver() + "/", "alert.format=json");
        output.onAlert(alert(Severity.WARN, "device-offline", "d1", 0));
        next();
        // 1 of the first, 1 + 2 suppressed, 1: four more than the last one
        output.onAlert(alert(Severity.WARN, "device-offline", "d1", 2));
        output.onAlert(alert(Severity.WARN, "device-offline", "d1", 0));
        output.onAlert(alert(Severity.WARN, "device-offline", "d2", 0));
        status = 200;
        String body;
        do {
            body = next();
        } while (!body.contains("\"subject\":\"d2\""));
        assertThat(body).contains("\"subject\":\"d1\",\"detail\":\"it is so\",\"suppressed\":4");
        assertThat(value(output, "refresh_alerts_lost_total", "webhook")).isZero();
    }

    @Test
    void receiver_thatNeverAnswers_keepsNobodyWaiting() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            AlertOutput output =
                    output("alert.url=http://127.0.0.1:" + silent.getLocalPort() + "/", "alert.timeout=1m");
            int count = 2 * AlertHook.MOST;
            for (int i = 0; i < 100_000; i++) {
                output.onAlert(alert(Severity.WARN, "device-offline", "d" + i % count, 0));
            }
            // each was taken or counted while the receiver has not taken the first one
            assertThat(value(output, "refresh_alerts_sent_total", "log")).isEqualTo(100_000);
            assertThat(value(output, "refresh_alerts_waiting", "webhook")).isBetween(1.0, (double) AlertHook.MOST);
            assertThat(value(output, "refresh_alerts_lost_total", "webhook")).isPositive();
            assertThat(value(output, "refresh_alerts_sent_total", "webhook")).isZero();
        }
    }

    @Test
    void apply_anotherReceiver_getsWhatTheOldOneDidNotTake() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            AlertOutput output =
                    output("alert.url=http://127.0.0.1:" + silent.getLocalPort() + "/", "alert.timeout=1m");
            for (int i = 0; i < 300; i++) {
                output.onAlert(alert(Severity.WARN, "device-offline", "d" + i, 0));
            }
            output.apply(config("alert.url=http://127.0.0.1:" + receiver() + "/", "alert.log=false"));
            assertThat(next()).contains("device-offline");
            await().until(() -> value(output, "refresh_alerts_sent_total", "webhook") == 300);
        }
    }

    /** What is raised somewhere, and what the page tells of. */
    @Test
    void documentation_namesEveryAlert() throws IOException {
        TreeSet<String> raised = new TreeSet<>();
        Pattern call = Pattern.compile("raise\\(\\s*(?:[\\w.]*Severity\\.\\w+,\\s*|\\w+ \\? [^,]*,\\s*)?\"([a-z-]+)\"");
        Pattern kind = Pattern.compile("\\b[A-Z_]+\\(\"((?:lock|memory)-[a-z-]+)\"\\)");
        for (String module : List.of("core", "transport-netty", "store-mysql", "coord-redis", "launcher")) {
            try (Stream<Path> files = Files.walk(Path.of("..", "refresh-" + module, "src", "main", "java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String text = Files.readString(file);
                    for (Pattern pattern : List.of(call, kind)) {
                        Matcher matcher = pattern.matcher(text);
                        while (matcher.find()) {
                            raised.add(matcher.group(1));
                        }
                    }
                }
            }
        }
        assertThat(raised).hasSizeGreaterThan(15).contains("store-down", "lock-deadlock", "task-not-stored");
        List<String> told = new ArrayList<>();
        Matcher row = Pattern.compile("(?m)^\\| `([a-z-]+)` \\| (ERROR|WARN) ")
                .matcher(Files.readString(Path.of("..", "docs", "alerts.md")));
        while (row.find()) {
            told.add(row.group(1));
        }
        assertThat(new TreeSet<>(told)).as("docs/alerts.md").isEqualTo(raised);
        assertThat(told).doesNotHaveDuplicates();
    }
}
