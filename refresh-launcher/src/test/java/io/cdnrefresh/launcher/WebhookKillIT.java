// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine that is killed between the end of a task and the delivery of its webhook. */
class WebhookKillIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();
    /** Names of the webhooks in the order in which they came. */
    private final List<String> names = new CopyOnWriteArrayList<>();

    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private volatile int status = 503;

    private LauncherProcess engine() {
        return LauncherProcess.startMain(
                Main.class,
                "standalone",
                "--set",
                "engine.http.port=" + httpPort,
                "--set",
                "admin.port=" + FreePorts.one(),
                "--set",
                "engine.rpc.port=" + FreePorts.one(),
                "--set",
                "proxy.http.port=" + FreePorts.one(),
                "--set",
                "standalone.cache-port=" + FreePorts.one(),
                "--set",
                "callback.allow-networks=127.0.0.0/8",
                "--set",
                "callback.timeout=3s",
                "--set",
                "callback.first-retry=100ms",
                "--set",
                "engine.data=" + folder);
    }

    private void take(HttpExchange exchange) throws IOException {
        bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        names.add(String.valueOf(exchange.getRequestHeaders().getFirst("webhook-id")));
        int answer = status;
        if (answer == 204) {
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        }
        // else it is never answered: the engine is killed while it waits
    }

    @Test
    void killed_beforeTheDelivery_webhookComesAfterTheRestartUnderTheSameName() throws Exception {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        receiver.createContext("/", this::take);
        receiver.start();
        EngineApi api = new EngineApi(httpPort);
        try {
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
            String id;
            try (LauncherProcess first = engine()) {
                api.awaitReady();
                api.awaitBody("/v1/engine/devices", 200, "\"connected\":true");
                String answer = api.post(
                                "/v1/engine/task", "{\"targets\":[\"http://a.test/x\"],\"callback\":\"" + url + "\"}")
                        .body();
                Matcher found = ID.matcher(answer);
                assertThat(found.find()).as(answer).isTrue();
                id = found.group(1);
                await().atMost(LIMIT).until(() -> !names.isEmpty());
                first.kill();
            }
            List<String> before = List.copyOf(names);
            status = 204;
            try (LauncherProcess second = engine()) {
                api.awaitReady();
                await().atMost(LIMIT)
                        .until(() -> names.subList(before.size(), names.size()).containsAll(before));
                assertThat(bodies).allMatch(body -> body.contains("\"id\":\"" + id + "\""));
                String listed = api.awaitBody("/v1/engine/task/" + id + "/callbacks", 200, "\"state\":\"DELIVERED\"");
                assertThat(listed).contains(before);
                assertThat(second.isAlive()).isTrue();
            }
        } finally {
            receiver.stop(0);
        }
    }
}
