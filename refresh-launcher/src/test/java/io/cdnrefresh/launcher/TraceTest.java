// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.cdnrefresh.diag.TaskTrace;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.demo.SmallCache;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.ApiResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** One trace id from the client's header to the cache's, and the chain put together again from the log. */
class TraceTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @TempDir
    Path folder;

    private final Closing parts = new Closing();
    private final StringWriter out = new StringWriter();

    @AfterEach
    void stop() {
        parts.close();
    }

    private int trace(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "trace";
        System.arraycopy(words, 0, all, 1, words.length);
        return Main.run(new PrintWriter(out), new PrintWriter(out), all);
    }

    private Path log(boolean isJson) {
        Path file = folder.resolve("all.log");
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger traces = context.getLogger(TaskTrace.LOGGER);
        ch.qos.logback.classic.encoder.PatternLayoutEncoder text =
                new ch.qos.logback.classic.encoder.PatternLayoutEncoder();
        text.setContext(context);
        text.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{0} - %msg%n");
        text.start();
        try {
            LogWriter writer = new LogWriter(isJson ? null : text, new LogFile(file, 1 << 20, 1));
            writer.setContext(context);
            writer.start();
            traces.setLevel(Level.INFO);
            traces.addAppender(writer);
            parts.add("log", () -> {
                traces.detachAppender(writer);
                traces.setLevel(null);
                writer.stop();
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return file;
    }

    @Test
    void chain_fromHeaderToCacheAndBack_isPutTogetherFromJson() throws Exception {
        chain(true);
    }

    @Test
    void chain_fromHeaderToCacheAndBack_isPutTogetherFromText() throws Exception {
        chain(false);
    }

    /** A server that keeps the traces of what it is asked. */
    private HttpApiServer ear(String name, Queue<String> heard, int status, NettyLoops loops) {
        HttpApiServer server = parts.add(
                name,
                HttpApiServer.builder((request, responder) -> {
                            heard.add(String.valueOf(request.header("traceparent")));
                            responder.respond(new ApiResponse(status, "", List.of(), new byte[0]));
                        })
                        .port(0)
                        .loops(loops)
                        .build());
        server.start();
        return server;
    }

    private void chain(boolean isJson) throws Exception {
        Path file = log(isJson);
        Queue<String> atCache = new ConcurrentLinkedQueue<>();
        Queue<String> atWebhook = new ConcurrentLinkedQueue<>();
        NettyLoops loops = parts.add("loops", NettyLoops.create());
        SmallCache cache =
                parts.add("cache", SmallCache.builder().port(0).build().start());
        // what the cache would see: the driver's requests come by here
        HttpApiServer ear = ear("ear", atCache, 404, loops);
        HttpApiServer receiver = ear("receiver", atWebhook, 204, loops);
        Config config = ConfigLoader.load(
                null,
                Map.of(),
                List.of(
                        "engine.http.port=0",
                        "engine.rpc.port=0",
                        "engine.durability=memory",
                        "callback.allow-networks=127.0.0.0/8",
                        "proxy.http.port=0",
                        "proxy.id=node-7",
                        "engine.data=" + folder.resolve("engine"),
                        "proxy.data=" + folder.resolve("proxy")),
                List.of());
        EngineService engine = parts.add("engine", EngineService.start(config, loops));
        engine.awaitReady();
        ProxyService proxy = parts.add(
                "proxy",
                ProxyService.start(
                        config,
                        List.of(
                                new Config.Cache("small", "http", "http://127.0.0.1:" + cache.port(), "back", null),
                                new Config.Cache("ear", "http", "http://127.0.0.1:" + ear.port(), "front", null)),
                        List.of("127.0.0.1:" + engine.rpcPort()),
                        loops));
        assertThat(proxy.id()).isEqualTo("node-7");
        String api = "http://127.0.0.1:" + engine.apiPort();
        await().ignoreExceptions().until(() -> get(api + "/v1/engine/devices").contains("node-7"));
        HttpRequest submit = HttpRequest.newBuilder(URI.create(api + "/v1/engine/task"))
                .header("Content-Type", "application/json")
                .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString("{\"targets\":[\"http://www.example.com/a\"],"
                        + "\"callback\":\"http://127.0.0.1:" + receiver.port() + "/\"}"))
                .build();
        String accepted =
                HttpClient.newHttpClient().send(submit, BodyHandlers.ofString()).body();
        String id = accepted.replaceAll(".*\"id\":\"?(\\d+)\"?.*", "$1");
        await().ignoreExceptions()
                .untilAsserted(() -> assertThat(Files.readString(file))
                        .contains("task settled", "command done", "_final", "_settled"));

        assertThat(trace(id, file.toString())).as(out.toString()).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).allSatisfy(line -> assertThat(line).contains("task=" + id));
        assertThat(out.toString())
                .containsSubsequence("engine-", "task stored", "task settled")
                .contains("node-7", "command begun", "command done", "kind=url", "outcome=")
                .contains("task reported", "task final", "device=node-7");
        assertThat(lines.get(0)).contains("+0.000 s");
        assertThat(atCache).isNotEmpty().allSatisfy(header -> assertThat(header).contains(TRACE));
        assertThat(out.toString()).contains("task called back", "status=204", "webhook=msg_" + id + "_final");
        assertThat(atWebhook)
                .isNotEmpty()
                .allSatisfy(header -> assertThat(header).contains(TRACE));
        int count = lines.size();
        out.getBuffer().setLength(0);
        assertThat(trace("00-" + TRACE + "-00f067aa0ba902b7-01", "--json", file.toString()))
                .isZero();
        assertThat(out.toString().lines())
                .hasSize(count)
                .allSatisfy(line -> assertThat(line).contains(TRACE));
        assertThat(get(api + "/v1/engine/task/" + id)).contains("\"durations\":{\"running\":", TRACE);
    }

    private static String get(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }

    @Test
    void command_filesOfSeveralNodes_areSortedByTime_andRubbishIsPassedOver() throws IOException {
        Path engine = Files.writeString(
                folder.resolve("engine.json"),
                "{\"time\":\"2026-11-23T03:00:00.000Z\",\"event\":\"task stored\",\"trace\":\"" + TRACE
                        + "\",\"task\":\"42\",\"node\":\"engine-1\",\"millis\":3}\n"
                        + "{\"time\":\"2026-11-23T03:00:02.500Z\",\"event\":\"task final\",\"trace\":\"" + TRACE
                        + "\",\"task\":\"42\",\"node\":\"engine-1\",\"millis\":2500}\n"
                        + "{\"time\":\"2026-11-23T03:00:0\n not a line \"trace\":\"\n{\"trace\":\"x\",\"time\":1}\n");
        Path proxy = Files.writeString(
                folder.resolve("proxy.log"),
                "2026-11-23T03:00:02.125Z INFO  [proxy-agent] trace - command done trace=" + TRACE
                        + " task=42 node=d1 step=0 outcome=VERIFIED millis=1900\n"
                        + "2026-11-23T03:00:02.126Z INFO  [proxy-agent] trace - command done trace="
                        + TRACE.replace('4', '5') + " task=43 node=d1 step=0 outcome=VERIFIED millis=1\n"
                        + "2026-99-99T03:00:02.126Z INFO [x] trace - command done trace=" + TRACE + " task=42\n");
        assertThat(trace("42", proxy.toString(), engine.toString()))
                .as(out.toString())
                .isZero();
        assertThat(out.toString().lines().map(line -> line.replaceAll("\\s+", " ")))
                .containsExactly(
                        "2026-11-23T03:00:00Z +0.000 s engine-1 task stored 3 ms task=42",
                        "2026-11-23T03:00:02.125Z +2.125 s d1 command done 1900 ms task=42 step=0 outcome=VERIFIED",
                        "2026-11-23T03:00:02.500Z +2.500 s engine-1 task final 2500 ms task=42");
    }

    @Test
    void command_nothingFoundOrWrongUsage_saysSo() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.log"), "");
        assertThat(trace("42", empty.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("no line tells of 42");
        assertThat(trace("x y", empty.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(trace("42", folder.resolve("none").toString())).isEqualTo(ExitCode.USAGE);
    }
}
