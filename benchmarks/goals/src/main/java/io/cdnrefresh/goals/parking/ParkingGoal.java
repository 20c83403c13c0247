// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.parking;

import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.redis.RedisCoordinator;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * P12: parking one entry a call, without waiting in between, against the same calls one by one, each waited for, and
 * against {@code redis-benchmark -t rpush -P 64} (or a bare client that does the same, where it is not installed). All
 * against one real Redis on loopback, in turns, and beginning with an empty one each time.
 */
public final class ParkingGoal {
    private static final Pattern RATE = Pattern.compile("RPUSH: ([0-9.]+) requests per second");

    private final GoalRun run;
    private final RedisServer redis;
    private final OfflineQueues queues;
    private long nextTask = 300_000_000_000_000_000L;

    private ParkingGoal(GoalRun run, RedisServer redis, OfflineQueues queues) {
        this.run = run;
        this.redis = redis;
        this.queues = queues;
    }

    /** Takes --quick. */
    public static void main(String[] arguments) throws IOException {
        GoalRun run = GoalRun.begin("P12", arguments, "5 pairs of 100,000 entries; not 15 of 1,000,000", true);
        Path folder = Files.createTempDirectory("p12");
        try (RedisServer redis = RedisServer.start(folder);
                RedisCoordinator coordinator = RedisCoordinator.builder(redis.url())
                        .queueBound(100_000_000)
                        .build()) {
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> get(coordinator.offlineQueues().park("any", List.of())) == 0);
            ParkingGoal goal = new ParkingGoal(run, redis, coordinator.offlineQueues());
            goal.measure();
            run.finish();
        } finally {
            try (var files = Files.walk(folder)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void measure() {
        int entries = run.isQuick() ? 100_000 : 1_000_000;
        int pairs = run.isQuick() ? 5 : 15;
        boolean isInstalled = rateOf(64) > 0;
        String reference = isInstalled ? "redis-benchmark -t rpush -P 64" : "bare client, 50 connections, 64 a time";
        run.say("reference: " + reference);
        pipelined(entries, 1);
        oneByOne(2_000);
        try (BareClient bare = new BareClient(redis.port())) {
            bare.push(entries);
            Table table = new Table("entries/s", "pipelined", "one by one", "reference");
            for (int devices : new int[] {1, 100}) {
                Pairs waiting = Pairs.measure(pairs, () -> pipelined(entries, devices), () -> oneByOne(5_000));
                Pairs raw = Pairs.measure(
                        pairs,
                        () -> pipelined(entries, devices),
                        () -> isInstalled ? rateOf(entries) : bareRate(bare, entries));
                String cell = devices == 1 ? "one device" : devices + " devices by turns";
                table.row(
                        cell,
                        pipelined(entries, devices),
                        oneByOne(5_000),
                        isInstalled ? rateOf(entries) : bareRate(bare, entries));
                run.score().atLeast(cell + ", to one by one", waiting, 10);
                run.score().atLeast(cell + ", to " + reference, raw, 0.5);
            }
            run.say(table);
        }
    }

    private void empty() {
        try {
            redis.command("FLUSHALL");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private double pipelined(int entries, int devices) {
        empty();
        List<CompletableFuture<Long>> calls = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            CompletionStage<Long> call = queues.park("edge-" + i % devices, List.of(new Entry(nextTask++, 0)));
            calls.add(call.toCompletableFuture());
            if (calls.size() == 100_000) { // as many as a caller may have on the way
                calls.forEach(ParkingGoal::get);
                calls.clear();
            }
        }
        calls.forEach(ParkingGoal::get);
        return entries * 1e9 / (System.nanoTime() - start);
    }

    private double oneByOne(int entries) {
        empty();
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            get(queues.park("edge-0", List.of(new Entry(nextTask++, 0))));
        }
        return entries * 1e9 / (System.nanoTime() - start);
    }

    private double bareRate(BareClient bare, int entries) {
        empty();
        return bare.push(entries);
    }

    /** What redis-benchmark reaches; 0 = it is not installed. */
    private double rateOf(int requests) {
        empty();
        try {
            Process process = new ProcessBuilder(
                            "redis-benchmark",
                            "-p",
                            Integer.toString(redis.port()),
                            "-t",
                            "rpush",
                            "-P",
                            "64",
                            "-n",
                            Integer.toString(requests),
                            "-q")
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                double rate = 0;
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    Matcher matcher = RATE.matcher(line);
                    while (matcher.find()) {
                        rate = Double.parseDouble(matcher.group(1));
                    }
                }
                return rate;
            }
        } catch (IOException e) {
            return 0;
        }
    }

    private static long get(CompletionStage<Long> call) {
        return call.toCompletableFuture().join();
    }
}
