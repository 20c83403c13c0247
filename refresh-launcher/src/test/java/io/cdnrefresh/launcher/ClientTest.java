// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client's commands against an engine that answers from a script. */
class ClientTest {
    private record Scripted(int status, String body, Map<String, String> headers) {}

    private final ConcurrentLinkedQueue<Scripted> script = new ConcurrentLinkedQueue<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void submit_accepted_printsTheAnswer() {
        script(202, "{\"id\":\"7\",\"state\":\"ACCEPTED\",\"targets\":1}");

        assertThat(run("submit", "http://a.test/x")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("id: 7", "state: ACCEPTED");
        assertThat(requests)
                .containsExactly("POST /v1/engine/task {\"type\":\"url\",\"targets\":[\"http://a.test/x\"]}");
    }

    @Test
    void submit_engineBusyTwice_isRepeatedWithTheSameKey() {
        script.add(new Scripted(503, "{\"title\":\"overloaded\"}", Map.of("Retry-After", "0")));
        script.add(new Scripted(503, "", Map.of()));
        script(202, "{\"id\":\"7\"}");

        assertThat(run("submit", "http://a.test/x")).isEqualTo(ExitCode.DONE);
        assertThat(requests).hasSize(3);
        assertThat(keys).doesNotContainNull().hasSize(3);
        assertThat(keys.stream().distinct()).hasSize(1);
    }

    @Test
    void submit_busyForLong_givesUpWithUnreachable() {
        script.add(new Scripted(503, "{\"title\":\"draining\"}", Map.of("Retry-After", "3600")));
        script.add(new Scripted(503, "{\"title\":\"draining\"}", Map.of("Retry-After", "3600")));

        assertThat(run("submit", "--retry-for", "150ms", "http://a.test/x")).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.toString()).contains("503 draining");
    }

    @Test
    void submit_nobodyListens_isUnreachable() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        int code = Main.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                "submit",
                "--engine",
                "http://127.0.0.1:" + port,
                "--retry-for",
                "150ms",
                "http://a.test/x");

        assertThat(code).isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void submit_invalidTarget_showsEveryFault() {
        script(
                400,
                "{\"title\":\"invalid task\",\"status\":400,\"errors\":[{\"index\":0,\"field\":\"targets\","
                        + "\"value\":\"nope\",\"code\":\"no-url\",\"allowed\":\"an absolute http URL\"}]}");

        assertThat(run("submit", "nope")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("targets[0]: nope (expected: an absolute http URL)");
    }

    @Test
    void status_unknownTask_saysWhatIsUnknownOnce() {
        script(
                404,
                "{\"title\":\"There is no such thing\",\"status\":404,\"detail\":\"id: unknown, expected: a kept task\","
                        + "\"errors\":[{\"field\":\"id\",\"value\":\"999\",\"code\":\"unknown\","
                        + "\"allowed\":\"a kept task\"}]}");

        assertThat(run("status", "999")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString().lines().map(String::strip))
                .containsExactly("refresh: 404 There is no such thing", "id: 999 (expected: a kept task)");
    }

    @Test
    void submit_refused_hasItsOwnCode() {
        script(429, "{\"title\":\"too many\"}");

        assertThat(run("submit", "http://a.test/x")).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void submit_broadWithoutTerminal_needsYes() {
        assertThat(run("submit", "--type", "prefix", "http://a.test/x/")).isEqualTo(ExitCode.USAGE);
        assertThat(requests).isEmpty();

        script(202, "{\"id\":\"7\"}");
        assertThat(run("submit", "--type", "prefix", "--yes", "http://a.test/x/"))
                .isEqualTo(ExitCode.DONE);
    }

    @Test
    void submitWait_reached_showsProgressAndEnd() {
        script(202, "{\"id\":\"7\",\"targets\":1}");
        script(202, "{\"total\":1,\"serving\":1,\"done\":0,\"failed\":0,\"owed\":0,\"unproven\":0}");
        script(200, "{\"total\":1,\"serving\":1,\"done\":1,\"failed\":0,\"owed\":0,\"unproven\":0}");
        script(200, "{\"id\":\"7\",\"state\":\"DONE\",\"counts\":{\"VERIFIED\":1}}");

        assertThat(run("submit", "--wait", "http://a.test/x")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("progress 0/1 devices done", "progress 1/1 devices done");
        assertThat(out.toString()).contains("accepted 7", "DONE 7 {\"VERIFIED\":1}");
    }

    @Test
    void wait_someOwed_hasItsOwnCode() {
        script(200, "{\"total\":2,\"serving\":1,\"done\":1,\"failed\":0,\"owed\":1,\"unproven\":1}");
        script(200, "{\"id\":\"7\",\"state\":\"RUNNING\"}");

        assertThat(run("wait", "7")).isEqualTo(ExitCode.OWED);
    }

    @Test
    void wait_impossible_isFailed() {
        script(409, "{\"total\":1,\"serving\":1,\"done\":0,\"failed\":1,\"owed\":0,\"unproven\":0}");
        script(200, "{\"id\":\"7\",\"state\":\"FAILED\"}");

        assertThat(run("wait", "7")).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void wait_timeOver_isTimeout() {
        script(202, "{\"total\":1,\"done\":0}");
        script(200, "{\"id\":\"7\",\"state\":\"RUNNING\"}");

        assertThat(run("wait", "--timeout", "0s", "7")).isEqualTo(ExitCode.TIMEOUT);
    }

    @Test
    void list_page_isOneLineATask() {
        script(200, "{\"tasks\":[{\"id\":\"9\",\"state\":\"DONE\",\"type\":\"url\"}],\"next\":\"c1\"}");

        assertThat(run("list", "--label", "release:42")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("9  DONE  url", "more: --cursor c1");
        assertThat(requests).containsExactly("GET /v1/engine/task?label=release%3A42&limit=100 ");
    }

    @Test
    void deviceOffline_reason_isSent() {
        script(200, "{\"id\":\"d1\",\"state\":\"OFFLINE\"}");

        assertThat(run("device", "offline", "d1", "--reason", "disk")).isEqualTo(ExitCode.DONE);
        assertThat(requests)
                .containsExactly("PUT /v1/engine/devices/d1/state {\"state\":\"offline\",\"reason\":\"disk\"}");
    }

    @Test
    void usage_unknownOption_isUsage() {
        assertThat(run("submit", "--colour")).isEqualTo(ExitCode.USAGE);
    }

    private void script(int status, String body) {
        script.add(new Scripted(status, body, Map.of()));
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        int place = "device".equals(args[0]) ? 2 : 1;
        all.addAll(
                place,
                List.of("--engine", "http://127.0.0.1:" + server.getAddress().getPort()));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(new String[0]));
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
        Scripted next = script.poll();
        if (next == null) {
            next = new Scripted(500, "{\"title\":\"nothing scripted\"}", Map.of());
        }
        next.headers().forEach(exchange.getResponseHeaders()::add);
        byte[] body = next.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(next.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
