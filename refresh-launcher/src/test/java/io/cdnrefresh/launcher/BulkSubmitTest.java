// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long submissions against an engine that knows idempotency keys and fails when it is told to. */
class BulkSubmitTest {
    @TempDir
    Path folder;

    /** What was accepted, by key. */
    private final Map<String, List<String>> accepted = Collections.synchronizedMap(new LinkedHashMap<>());

    private final List<Integer> answers = Collections.synchronizedList(new ArrayList<>());
    private volatile int failAfter = Integer.MAX_VALUE;
    private volatile int limitEvery = Integer.MAX_VALUE;
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

    private void answer(HttpExchange exchange) throws IOException {
        Map<String, ?> body = Json.object(exchange.getRequestBody().readAllBytes());
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        int status = 202;
        if (answers.size() % limitEvery == limitEvery - 1) {
            status = 429;
            exchange.getResponseHeaders().add("Retry-After", "0");
        } else if (accepted.size() >= failAfter) {
            status = 500;
        } else {
            List<String> targets = new ArrayList<>();
            ((List<?>) requireNonNull(body.get("targets"))).forEach(target -> targets.add(String.valueOf(target)));
            List<String> before = accepted.putIfAbsent(key, targets);
            status = before == null || before.equals(targets) ? 202 : 422;
        }
        answers.add(status);
        int number = List.copyOf(accepted.keySet()).indexOf(key);
        byte[] text =
                ("{\"id\":\"" + (100 + number) + "\",\"targets\":1,\"title\":\"t\"}").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, text.length);
        exchange.getResponseBody().write(text);
        exchange.close();
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(
                1, List.of("--engine", "http://127.0.0.1:" + server.getAddress().getPort(), "--retry-for", "100ms"));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(new String[0]));
    }

    private Path file(int lines) throws IOException {
        Path file = folder.resolve("urls");
        Files.write(
                file,
                IntStream.range(0, lines).mapToObj(i -> "http://a.test/" + i).toList());
        return file;
    }

    private List<String> all() {
        return accepted.values().stream().flatMap(List::stream).toList();
    }

    @Test
    void submitFile_moreThanABatch_isSeveralTasksInOrder() throws IOException {
        Path file = file(2_500);

        assertThat(run("submit", "--json", "--file", file.toString())).isEqualTo(ExitCode.DONE);
        assertThat(all()).isEqualTo(Files.readAllLines(file));
        assertThat(accepted.values()).extracting(List::size).containsExactly(1_000, 1_000, 500);
        assertThat(Json.object(out.toString().getBytes(StandardCharsets.UTF_8)))
                .containsEntry("targets", 2_500L)
                .containsEntry("tasks", 3L);
    }

    @Test
    void submitFile_oneBatch_isATaskLikeAnyOther() throws IOException {
        assertThat(run("submit", "--idempotency-key", "mine", "--file", file(7).toString()))
                .isEqualTo(ExitCode.DONE);
        assertThat(accepted).containsOnlyKeys("mine");
        assertThat(out.toString()).contains("id: 100");
    }

    @Test
    void submitFile_nothingInIt_isUsage() throws IOException {
        assertThat(run("submit", "--file", file(0).toString())).isEqualTo(ExitCode.USAGE);
        assertThat(accepted).isEmpty();
    }

    @Test
    void submitFile_limitUsedUp_isWaitedFor() throws IOException {
        limitEvery = 3;

        assertThat(run("submit", "--batch", "10", "--file", file(100).toString()))
                .isEqualTo(ExitCode.DONE);
        assertThat(answers).contains(429);
        assertThat(all()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void resume_stoppedInTheMiddle_goesOnWithoutLossOrRepetition() throws IOException {
        Path file = file(1_000);
        Path state = folder.resolve("state");
        String[] command = {"submit", "--batch", "100", "--file", file.toString(), "--resume", state.toString()};
        failAfter = 4;
        assertThat(run(command)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("lines 401 to 500", "accepted before: 400 targets in 4 tasks", "goes on from there");
        // killed while it wrote: the last line was cut off, the task behind it is in
        Files.writeString(state, "500 ab", StandardOpenOption.APPEND);

        failAfter = Integer.MAX_VALUE;
        assertThat(run(command)).isEqualTo(ExitCode.DONE);
        assertThat(all()).isEqualTo(Files.readAllLines(file));
        assertThat(out.toString()).contains("accepted 1000 targets in 10 tasks");
        int before = answers.size();
        assertThat(run(command)).isEqualTo(ExitCode.DONE);
        assertThat(answers).hasSize(before);
    }

    @Test
    void resume_answerLostBeforeItWasNoted_isAskedAgainUnderTheSameKey() throws IOException {
        Path file = file(300);
        Path state = folder.resolve("state");
        String[] command = {"submit", "--batch", "100", "--file", file.toString(), "--resume", state.toString()};
        assertThat(run(command)).isEqualTo(ExitCode.DONE);
        List<String> noted = Files.readAllLines(state);
        Files.write(state, noted.subList(0, 3));

        assertThat(run(command)).isEqualTo(ExitCode.DONE);
        assertThat(answers).hasSize(4).containsOnly(202);
        assertThat(accepted).hasSize(3);
        assertThat(Files.readAllLines(state)).isEqualTo(noted);
    }

    @Test
    void resume_otherInputOrOptions_isRefused() throws IOException {
        Path file = file(300);
        Path state = folder.resolve("state");
        assertThat(run("submit", "--batch", "100", "--file", file.toString(), "--resume", state.toString()))
                .isEqualTo(ExitCode.DONE);
        assertThat(run(
                        "submit",
                        "--batch",
                        "100",
                        "--mode",
                        "soft",
                        "--file",
                        file.toString(),
                        "--resume",
                        state.toString()))
                .isEqualTo(ExitCode.USAGE);
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(7, "http://a.test/other");
        Files.write(file, lines);
        assertThat(run("submit", "--batch", "100", "--file", file.toString(), "--resume", state.toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("expected: the same options", "expected: the same input");
        Files.writeString(state, "something else\n");
        assertThat(run("submit", "--file", file.toString(), "--resume", state.toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(accepted).hasSize(3);
    }
}
