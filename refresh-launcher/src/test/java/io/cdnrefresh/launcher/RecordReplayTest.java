// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiResponse;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests are recorded over a real front and sent again to another one. */
class RecordReplayTest {
    private static final String MONKEYS = "\n\uD83D\uDC35\uD83D\uDE48\uD83D\uDE49\n";

    @TempDir
    Path folder;

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private HttpApiServer target;

    private final ApiEndpoint noting = (request, responder) -> {
        seen.add(request.method() + " " + request.path() + (request.query().isEmpty() ? "" : "?" + request.query())
                + " " + request.header("Host") + " " + request.header("Authorization") + " "
                + new String(request.body(), StandardCharsets.UTF_8));
        int status = request.path().endsWith("refused") ? 429 : 202;
        responder.respond(new ApiResponse(status, "", List.of(), new byte[0]));
    };

    @BeforeEach
    void start() {
        target = HttpApiServer.builder(noting).build();
        target.start();
    }

    @AfterEach
    void stop() {
        target.close();
    }

    private Path record(TrafficRecorder.Settings settings, String... requests) throws Exception {
        try (TrafficRecorder recorder = TrafficRecorder.start(settings, noting);
                HttpApiServer front = HttpApiServer.builder(recorder).build()) {
            front.start();
            HttpClient client = HttpClient.newHttpClient();
            for (String line : requests) {
                String[] parts = line.split(" ", 3);
                var answer = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + front.port() + parts[1]))
                                .header("Authorization", "Bearer rk_1_verysecret")
                                .header("Cookie", "session=verysecret")
                                .header("Content-Type", "application/json")
                                .method(parts[0], BodyPublishers.ofString(parts.length > 2 ? parts[2] : ""))
                                .build(),
                        BodyHandlers.discarding());
                assertThat(answer.statusCode()).isIn(202, 429);
            }
        }
        return settings.file();
    }

    private TrafficRecorder.Settings all(long mostBytes) {
        return new TrafficRecorder.Settings(folder.resolve("requests.gor"), 1, Set.of(), "/", mostBytes);
    }

    private static List<RecordedRequest> read(Path file) throws Exception {
        List<RecordedRequest> all = new ArrayList<>();
        try (RecordedRequests requests = RecordedRequests.open(file)) {
            for (RecordedRequest next = requests.next(); next != null; next = requests.next()) {
                all.add(next);
            }
        }
        return all;
    }

    private String replay(int exitCode, String... arguments) {
        List<String> words = new ArrayList<>(List.of("replay", "--json"));
        words.addAll(List.of(arguments));
        if (!words.contains("--to")) {
            words.addAll(List.of("--to", "http://127.0.0.1:" + target.port()));
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int ended = Main.run(new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
        assertThat(ended).as(out + " " + err).isEqualTo(exitCode);
        return out.toString() + err;
    }

    @Test
    void record_requests_fileIsGoReplaysAndReadable() throws Exception {
        String body = "{\"targets\":[\"http://www.example.com/\u00e4\"]}";
        Path file = record(all(1 << 20), "POST /v1/engine/task " + body, "GET /v1/engine/task/7?a=b");
        String text = Files.readString(file);
        assertThat(text)
                .matches("(?s)1 [0-9a-f]{24} \\d{19} \\d+\nPOST /v1/engine/task HTTP/1.1\r\nHost: 127.0.0.1:\\d+\r\n.*"
                        + "Content-Type: application/json\r\nContent-Length: \\d+\r\n\r\n\\Q" + body + MONKEYS
                        + "\\E1 .*")
                .endsWith("\r\n\r\n" + MONKEYS);
        assertThat(read(file))
                .extracting(RecordedRequest::target)
                .containsExactly("/v1/engine/task", "/v1/engine/task/7?a=b");
        assertThat(new String(read(file).get(0).body(), StandardCharsets.UTF_8)).isEqualTo(body);
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    }

    @Test
    void record_secrets_areNowhereInTheFile() throws Exception {
        Path file = record(
                all(1 << 20),
                "POST /v1/engine/task"
                        + " {\"targets\":[\"http://a.example/token=kept\"],\"callback\":{\"secret\":\"verysecret\\\"verysecret\"}}",
                "POST /v1/engine/task {\"targets\":[\"http://a.example/1\"],\"callback\":\"https://h/verysecret\"}",
                "POST /v1/engine/task {\"callback\" : \"https://h/verysecret\", \"targets\":[\"http://a.example/2\"]}",
                "POST /?Action=RefreshObjectCaches&AccessKeyId=verysecret&Signature=verysecret&ObjectPath=x",
                "POST /form Action=Refresh&Signature=verysecret&ObjectPath=x",
                "POST /v1/admin/keys {\"name\":\"never-recorded\"}",
                "POST /v1/proxy/poll {\"device\":\"never-recorded\"}");
        assertThat(Files.readString(file))
                .doesNotContain("verysecret")
                .doesNotContain("never-recorded")
                .doesNotContainIgnoringCase("Authorization")
                .doesNotContainIgnoringCase("Cookie")
                .contains("Signature=-&ObjectPath=x", "\"secret\":\"-\"", "token=kept")
                .contains("{\"targets\":[\"http://a.example/1\"]}", "{ \"targets\":[\"http://a.example/2\"]}");
    }

    @Test
    void record_filterAndSize_areKept() throws Exception {
        TrafficRecorder.Settings deletes = new TrafficRecorder.Settings(
                folder.resolve("deletes.gor"), 1, Set.of("DELETE"), "/v1/engine/task", 1 << 20);
        assertThat(read(record(deletes, "POST /v1/engine/task x", "DELETE /v1/engine/task/1", "DELETE /other")))
                .extracting(RecordedRequest::target)
                .containsExactly("/v1/engine/task/1");
        TrafficRecorder.Settings none =
                new TrafficRecorder.Settings(folder.resolve("none.gor"), 0, Set.of(), "/", 1 << 20);
        assertThat(read(record(none, "POST /v1/engine/task x"))).isEmpty();
        Path small = record(all(4096), "POST /a " + "x".repeat(3000), "POST /b " + "x".repeat(3000));
        assertThat(read(small)).extracting(RecordedRequest::target).containsExactly("/a");
        assertThat(Files.size(small)).isLessThan(4096);
    }

    @Test
    void replay_recording_arrivesAsItWas() throws Exception {
        Path file = record(all(1 << 20), "POST /v1/engine/task {\"a\":1}", "PURGE /x?y=%7E", "GET /refused");
        List<String> first = List.copyOf(seen);
        seen.clear();
        String summary = replay(0, file.toString(), "--connections", "1");
        assertThat(seen)
                .containsExactlyElementsOf(first.stream()
                        .map(line -> line.replace("Bearer rk_1_verysecret", "null"))
                        .toList());
        assertThat(summary)
                .contains("\"sent\":3", "\"answered\":3", "\"202\":2", "\"429\":1", "\"skipped\":0", "\"p99Millis\":");
    }

    @Test
    void replay_amplifiedFilteredAndLimited_sendsThatMany() throws Exception {
        Path file = record(all(1 << 20), "POST /a", "POST /b", "GET /c");
        seen.clear();
        assertThat(replay(0, file.toString(), "--amplify", "5", "--rate", "10000"))
                .contains("\"sent\":15");
        assertThat(seen.stream().filter(line -> line.startsWith("POST /b"))).hasSize(5);
        assertThat(replay(0, file.toString(), "--filter", "^POST", "--rate", "10000"))
                .contains("\"sent\":2");
        assertThat(replay(0, file.toString(), "--amplify", "50", "--limit", "7", "--rate", "10000"))
                .contains("\"sent\":7");
        assertThat(replay(0, file.toString(), "--sample", "0%")).contains("\"sent\":0");
        assertThat(replay(2, file.toString(), "--to", "http://192.0.2.1:80")).contains("--yes");
        assertThat(replay(2, file.toString(), "--amplify", "1000")).contains("--amplify");
    }

    @Test
    void replay_fileOfGoReplay_skipsWhatIsNoRequest() throws Exception {
        Path file = folder.resolve("others.gor");
        Files.writeString(
                file,
                "1 a1b2 1500000000000000000\nGET /one HTTP/1.1\r\nHost: h\r\n\r\n" + MONKEYS
                        + "2 a1b2 1500000000100000000 1000\nHTTP/1.1 200 OK\r\n\r\n" + MONKEYS + "nonsense" + MONKEYS
                        + "1 c3d4 1500000000200000000 0\nPOST /two HTTP/1.1\r\nHost: h\r\n\r\n{}");
        assertThat(replay(0, file.toString(), "--speed", "100", "--connections", "1"))
                .contains("\"sent\":2", "\"skipped\":2");
        assertThat(seen).containsExactly("GET /one h null ", "POST /two h null {}");
    }

    @Test
    void replay_nobodyThere_saysSo() throws Exception {
        Path file = record(all(1 << 20), "POST /a");
        target.close();
        assertThat(replay(3, file.toString())).contains("\"answered\":0", "ConnectException");
    }
}
