// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.timer.TimingWheel;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The steps by which such a system became fast, each alone: the same work with the switch this way and that way, in turns, in
 * one run. What counts is the ratio of a step; steps do not multiply.
 */
final class StepsGoal {
    private static final int TIMERS = 50_000;

    private final GoalRun run;
    private final int part;
    private final Table table = new Table("step", "before", "after", "after : before");

    private StepsGoal(GoalRun run) {
        this.run = run;
        part = run.isQuick() ? 4 : 1;
    }

    public static void main(String[] arguments) throws Exception {
        GoalRun run = GoalRun.begin("steps", arguments, "a quarter of the work", true);
        StepsGoal steps = new StepsGoal(run);
        steps.batch();
        steps.pooled();
        steps.groupCommit();
        steps.wheel();
        steps.rpc();
        run.say(steps.table);
        run.finish();
    }

    /** Measures the slower way and the quicker one by turns and notes the ratio. */
    private void step(String name, DoubleSupplier before, DoubleSupplier after) {
        double unusedBefore = before.getAsDouble(); // the first ones compile
        double unusedAfter = after.getAsDouble();
        double[] slow = new double[Pairs.LEAST];
        double[] quick = new double[Pairs.LEAST];
        for (int pair = 0; pair < Pairs.LEAST; pair++) {
            slow[pair] = before.getAsDouble();
            quick[pair] = after.getAsDouble();
        }
        note(name, slow, quick);
    }

    private void note(String name, double[] slow, double[] quick) {
        Pairs pairs = Pairs.ofRates(quick, slow);
        table.row(name, Pairs.median(slow), Pairs.median(quick), pairs.toString());
        run.say(name + ": " + pairs);
        run.score().atLeast(name.toLowerCase(Locale.ROOT), pairs, 1);
    }

    /** Commands delivered and reported, for each second of processor time. */
    private void rpc() {
        try (TransportGoal.Way posts = new TransportGoal.Way("posts", 2_000 / part);
                TransportGoal.Way rpc = new TransportGoal.Way("rpc", 20_000 / part)) {
            for (int pair = -1; pair < Pairs.LEAST; pair++) {
                posts.measure(pair);
                rpc.measure(pair);
            }
            note("HTTP -> RPC, deliveries a core second", posts.perCore, rpc.perCore);
        }
    }

    /** URLs accepted in a second, one a request or a hundred, over one connection, by an engine with its store in memory. */
    private void batch() throws IOException {
        try (RefreshEngine engine = RefreshEngine.builder().build();
                HttpApiServer server = HttpApiServer.builder(engine.api()).build()) {
            engine.start();
            server.start();
            try (Caller caller = new Caller(server.port())) {
                caller.call("PUT", "/v1/engine/devices/away", "{}");
                step(
                        "1 -> 100 URLs a request, URLs/s",
                        () -> submit(caller, 2_000 / part, 1),
                        () -> submit(caller, 400 / part, 100));
            }
        }
    }

    private long lastUrl;

    private double submit(Caller caller, int requests, int urls) {
        long beganNanos = System.nanoTime();
        for (int r = 0; r < requests; r++) {
            StringBuilder body = new StringBuilder("{\"targets\":[");
            for (int u = 0; u < urls; u++) {
                body.append(u == 0 ? "\"" : ",\"")
                        .append("http://www.example.com/")
                        .append(lastUrl++)
                        .append('"');
            }
            int status =
                    caller.call("POST", "/v1/engine/task", body.append("]}").toString());
            if (status != 202) {
                throw new IllegalStateException("status " + status);
            }
        }
        return requests * (double) urls * 1e9 / (System.nanoTime() - beganNanos);
    }

    /** Requests a second by a caller that connects for each, or keeps its connection. */
    private void pooled() throws IOException {
        try (RefreshEngine engine = RefreshEngine.builder().build();
                HttpApiServer server = HttpApiServer.builder(engine.api()).build()) {
            engine.start();
            server.start();
            int requests = 4_000 / part;
            try (Caller kept = new Caller(server.port())) {
                step(
                        "connection each -> kept, requests/s",
                        () -> {
                            long beganNanos = System.nanoTime();
                            for (int i = 0; i < requests; i++) {
                                try (Caller one = new Caller(server.port())) {
                                    one.call("GET", "/healthz", "");
                                }
                            }
                            return requests * 1e9 / (System.nanoTime() - beganNanos);
                        },
                        () -> {
                            long beganNanos = System.nanoTime();
                            for (int i = 0; i < requests; i++) {
                                kept.call("GET", "/healthz", "");
                            }
                            return requests * 1e9 / (System.nanoTime() - beganNanos);
                        });
            }
        }
    }

    /** Rows a second in SQLite as the embedded store has it, each commit forced to disk: of one row or of 64. */
    private void groupCommit() throws IOException, SQLException {
        Path file = Files.createTempFile("refresh-steps", ".db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            try (Statement statement = connection.createStatement()) {
                for (String sql : new String[] {
                    "PRAGMA journal_mode=WAL",
                    "PRAGMA synchronous=FULL",
                    "CREATE TABLE row (id INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL)"
                }) {
                    boolean unused = statement.execute(sql);
                }
            }
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO row (body) VALUES (?)")) {
                step(
                        "1 -> 64 rows a commit, rows/s",
                        () -> insert(connection, insert, 256 / part, 1),
                        () -> insert(connection, insert, 256 / part, 64));
            }
        } finally {
            for (String end : new String[] {"", "-wal", "-shm"}) {
                Files.deleteIfExists(Path.of(file + end));
            }
        }
    }

    private static double insert(Connection connection, PreparedStatement insert, int commits, int rows) {
        try {
            long beganNanos = System.nanoTime();
            for (int c = 0; c < commits; c++) {
                for (int r = 0; r < rows; r++) {
                    insert.setBytes(1, new byte[300]);
                    insert.executeUpdate();
                }
                connection.commit();
            }
            return commits * (double) rows * 1e9 / (System.nanoTime() - beganNanos);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Timers armed and cancelled in a second while 50,000 others wait. */
    private void wheel() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
        executor.setRemoveOnCancelPolicy(true);
        TimingWheel wheel = TimingWheel.builder().build();
        wheel.start((kind, payload, handle) -> {});
        for (int i = 0; i < TIMERS; i++) {
            var unused = executor.schedule(() -> {}, 600, TimeUnit.SECONDS);
            long unusedHandle = wheel.arm(System.nanoTime() + TimeUnit.SECONDS.toNanos(600), 0, i);
        }
        int pairs = 400_000 / part;
        try {
            step(
                    "ScheduledThreadPool -> wheel, timers/s",
                    () -> {
                        long beganNanos = System.nanoTime();
                        for (int i = 0; i < pairs; i++) {
                            ScheduledFuture<?> timer = executor.schedule(() -> {}, 30, TimeUnit.SECONDS);
                            timer.cancel(false);
                        }
                        return pairs * 1e9 / (System.nanoTime() - beganNanos);
                    },
                    () -> {
                        long beganNanos = System.nanoTime();
                        long deadlineNanos = beganNanos + TimeUnit.SECONDS.toNanos(30);
                        for (int i = 0; i < pairs; i++) {
                            wheel.cancel(wheel.arm(deadlineNanos, 0, i));
                        }
                        return pairs * 1e9 / (System.nanoTime() - beganNanos);
                    });
        } finally {
            executor.shutdownNow();
            wheel.stop();
        }
    }

    /** A connection that asks one thing after the other. Not thread-safe. */
    private static final class Caller implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Caller(int port) {
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                in = new BufferedInputStream(socket.getInputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Asks; the status. */
        int call(String method, String path, String body) {
            String head = method + " " + path + " HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n";
            try {
                socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
                StringBuilder answer = new StringBuilder();
                while (answer.length() < 4 || answer.indexOf("\r\n\r\n", answer.length() - 4) < 0) {
                    int next = in.read();
                    if (next < 0) {
                        throw new IllegalStateException("the connection ended");
                    }
                    answer.append((char) next);
                }
                String lower = answer.toString().toLowerCase(Locale.ROOT);
                int length = lower.indexOf("content-length: ");
                if (length >= 0) {
                    int end = lower.indexOf('\r', length);
                    in.skipNBytes(Long.parseLong(lower.substring(length + 16, end)));
                }
                return Integer.parseInt(lower.substring(9, 12));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
