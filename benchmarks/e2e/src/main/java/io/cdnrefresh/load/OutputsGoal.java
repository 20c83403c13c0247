// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether what an engine tells the world can slow its clients: the built jar with a log that nobody takes (a full pipe, as
 * a disk that hangs), a receiver of alerts that never answers, and a scrape of {@code /metrics} each second, against the
 * same jar without them; intake at a fixed rate, in turns.
 */
final class OutputsGoal {
    private static final Path JAR = Path.of("refresh-launcher", "target", "refresh.jar");
    private static final int RATE = 2_000;

    private OutputsGoal() {}

    public static void main(String[] arguments) throws IOException {
        GoalRun run = GoalRun.begin("outputs", arguments, "pairs of 3 s", true);
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is missing (expected: mvn -DskipTests package before)");
        }
        int millis = run.isQuick() ? 3_000 : 10_000;
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Engine hindered =
                        new Engine(List.of("alert.url=http://127.0.0.1:" + silent.getLocalPort() + "/"), true);
                Engine free = new Engine(List.of(), false);
                Fork twin = new Fork(DeviceProcess.class, List.of("-Xmx256m"), "127.0.0.1:" + hindered.rpcPort);
                Scraper scraper = new Scraper(hindered.httpPort);
                Load load = new Load()) {
            for (Engine engine : List.of(hindered, free)) {
                LoadResult unused = load.open(engine.httpPort, 64, millis, RATE);
            }
            double[] ratios = new double[Pairs.LEAST];
            double[] ours = new double[Pairs.LEAST];
            double[] others = new double[Pairs.LEAST];
            double sent = 0;
            double taken = 0;
            for (int pair = 0; pair < Pairs.LEAST; pair++) {
                LoadResult with = load.open(hindered.httpPort, 64, millis, RATE);
                LoadResult without = load.open(free.httpPort, 64, millis, RATE);
                ours[pair] = with.p99Millis();
                others[pair] = without.p99Millis();
                ratios[pair] = ours[pair] / others[pair];
                taken += with.answers();
                sent += with.answers() + with.refused() + with.errors();
            }
            run.say(new Table("intake, " + RATE + " a second", "p99 ms")
                    .row("log blocked, alerts unheard, scraped", Pairs.median(ours))
                    .row("without", Pairs.median(others)));
            run.say("scrapes " + scraper.answered.get() + ", log lines dropped " + (long) hindered.dropped());
            run.score().atMost("p99 to that without", Pairs.median(ratios), 1.25);
            run.score().atLeast("share of requests answered 202", taken / sent, 1);
            run.score().atLeast("log lines dropped", hindered.dropped(), 1);
            double[] unused = twin.ask("cpu");
        }
        run.finish();
    }

    /** The jar as an engine without a store, and its device. */
    private static final class Engine implements AutoCloseable {
        final int httpPort = FreePorts.one();
        final int rpcPort = FreePorts.one();
        private final HttpClient client = HttpClient.newHttpClient();
        private final Process process;
        private final Fork device;

        Engine(List<String> settings, boolean isBlocked) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx3g",
                    "-jar",
                    JAR.toString(),
                    "engine"));
            List<String> all = new ArrayList<>(settings);
            all.addAll(List.of(
                    "engine.http.port=" + httpPort,
                    "engine.rpc.port=" + rpcPort,
                    "engine.durability=memory",
                    "engine.data=" + Files.createTempDirectory("refresh-outputs")));
            all.forEach(setting -> command.addAll(List.of("--set", setting)));
            process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    // a pipe that nobody reads takes 64 KiB, and then nothing
                    .redirectError(isBlocked ? ProcessBuilder.Redirect.PIPE : ProcessBuilder.Redirect.DISCARD)
                    .start();
            while (!get(client, httpPort, "/readyz").startsWith("200")) {
                if (!process.isAlive()) {
                    throw new IllegalStateException("the engine ended: " + String.join(" ", command));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            device = new Fork(DeviceProcess.class, List.of("-Xmx512m", "-XX:+UseSerialGC"), "127.0.0.1:" + rpcPort);
            if (device.ask("join")[0] != 1) {
                throw new IllegalStateException("the device was not taken");
            }
        }

        double dropped() {
            return get(client, httpPort, "/metrics")
                    .lines()
                    .filter(line -> line.startsWith("refresh_log_dropped_total"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .sum();
        }

        @Override
        public void close() {
            device.close();
            process.destroyForcibly();
        }
    }

    /** What Prometheus does. */
    private static final class Scraper implements AutoCloseable {
        final AtomicInteger answered = new AtomicInteger();
        private final HttpClient client = HttpClient.newHttpClient();
        private final Thread thread;

        Scraper(int port) {
            thread = new Thread(
                    () -> {
                        while (!Thread.currentThread().isInterrupted()) {
                            if (get(client, port, "/metrics").startsWith("200")) {
                                answered.incrementAndGet();
                            }
                            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                        }
                    },
                    "scraper");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    /** Status and body; empty if there is no answer. */
    private static String get(HttpClient client, int port, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            var answer = client.send(request, BodyHandlers.ofString());
            return answer.statusCode() + "\n" + answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }
}
