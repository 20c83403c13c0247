// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.KillLoad.Accepted;
import io.cdnrefresh.launcher.KilledEngine.Moment;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.ServerProcess;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Kills, starts again, and checks all that was promised before. Owned by one test thread. */
final class KillRounds implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Site site;
    private final VersionedCache cache;
    private final long seed;
    private final Random random;
    private final int httpPort = FreePorts.one();
    private final EngineApi api = new EngineApi(httpPort);
    private final Map<Kill, Figures> figures = new EnumMap<>(Kill.class);
    private LauncherProcess engine;
    private int rounds;

    /** Where things are; {@code server} is null when the store is a file. */
    record Site(String url, @Nullable ServerProcess server, Path ends, int rpcPort) {}

    private static final class Figures {
        int rounds;
        int accepted;
        final List<Long> readyMillis = new ArrayList<>();
        final List<Long> doneMillis = new ArrayList<>();
    }

    KillRounds(Site site, VersionedCache cache, long seed) {
        this.site = site;
        this.cache = cache;
        this.seed = seed;
        random = new Random(seed);
        engine = start(Moment.NEVER, 0);
    }

    private LauncherProcess start(Moment moment, int count) {
        return KilledEngine.start(site.url, httpPort, site.rpcPort, site.ends, moment, count);
    }

    /** Waits for the engine and its device. */
    void awaitTaking() {
        api.awaitReady();
        api.awaitBody("/v1/engine/devices", 200, "\"connected\":true");
    }

    /** One kill of the kind, and everything that has to hold afterwards. */
    void round(Kill kill) throws Exception {
        rounds++;
        if (kill.moment() != Moment.NEVER) {
            engine.close();
            engine = start(kill.moment(), 1 + random.nextInt(20));
            awaitTaking();
        }
        KillLoad load = new KillLoad(api, cache, rounds);
        load.start();
        long started = kill(kill, load);
        api.awaitReady();
        long ready = System.nanoTime();
        Map<String, Accepted> accepted = load.accepted();
        String round = "seed " + seed + " round " + rounds + " " + kill;
        awaitDone(accepted, round);
        Figures of = figures.computeIfAbsent(kill, any -> new Figures());
        of.rounds++;
        of.accepted += accepted.size();
        of.readyMillis.add(TimeUnit.NANOSECONDS.toMillis(ready - started));
        of.doneMillis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
        accepted.values().forEach(task -> checkCache(task, round));
        checkEnds(accepted.keySet(), round);
    }

    /** When the killed were started again. */
    private long kill(Kill kill, KillLoad load) throws InterruptedException {
        if (kill.moment() != Moment.NEVER) {
            load.join();
            assertThat(engine.awaitEnd(PATIENCE).exitCode()).isEqualTo(137);
            engine.close();
            return startAgain(load.accepted());
        }
        // The moment of the kill is what is varied: nothing to wait for.
        TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
        ServerProcess server = site.server;
        if (kill != Kill.DATABASE) {
            engine.kill();
        }
        if (server != null && kill.isOfDatabase()) {
            server.kill();
            if (kill == Kill.DATABASE) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(500));
                long started = System.nanoTime();
                restart(server);
                load.stop();
                return started;
            }
        }
        load.stop();
        engine.close();
        return startAgain(load.accepted());
    }

    private static void restart(ServerProcess server) {
        try {
            server.start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private long startAgain(Map<String, Accepted> accepted) {
        long started = System.nanoTime();
        if (site.server != null && !site.server.isAlive()) {
            restart(site.server);
        }
        long away = System.nanoTime();
        try (JdbcStore store = JdbcStore.builder().url(site.url).build()) {
            for (String id : accepted.keySet()) {
                Optional<TaskRow> row = store.find(new TaskId(Long.parseLong(id)));
                assertThat(row)
                        .as("acknowledged task %s of round %d seed %d", id, rounds, seed)
                        .isPresent();
            }
        }
        long looked = System.nanoTime() - away;
        engine = start(Moment.NEVER, 0);
        return started + looked;
    }

    private void awaitDone(Map<String, Accepted> accepted, String round) {
        Set<Accepted> open = new HashSet<>(accepted.values());
        Awaitility.await(round)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(() -> {
                    for (Accepted task : List.copyOf(open)) {
                        if (isDone(task, round)) {
                            open.remove(task);
                        }
                    }
                    return open.isEmpty();
                });
    }

    private boolean isDone(Accepted task, String round) throws IOException, InterruptedException {
        HttpResponse<String> answer = api.get("/v1/engine/task/" + task.id());
        if (answer.statusCode() != 200) {
            assertThat(answer.statusCode()).as("%s task %s", round, task.id()).isEqualTo(503);
            return false;
        }
        String body = answer.body();
        assertThat(body).as(round).doesNotContainPattern("\"state\":\"(FAILED|PARTIAL|CANCELLED)\"");
        if (!body.contains("\"state\":\"DONE\"")) {
            return false;
        }
        String proof = task.isPreload() ? "\"PRELOADED\":" : "\"VERIFIED\":";
        assertThat(body).as(round).contains(proof + task.urls().size());
        return true;
    }

    /** What was preloaded is there and new; what was only refreshed is not old. */
    private void checkCache(Accepted task, String round) {
        for (String url : task.urls()) {
            Boolean isNew = cache.isNew(url);
            if (task.isPreload()) {
                assertThat(isNew).as("%s %s", round, url).isTrue();
            } else {
                assertThat(isNew).as("%s %s", round, url).isNotEqualTo(false);
            }
        }
        assertThat(cache.violations()).as(round).isEmpty();
    }

    private void checkEnds(Set<String> accepted, String round) {
        Awaitility.await(round).atMost(PATIENCE).pollDelay(Duration.ZERO).untilAsserted(() -> {
            Map<String, Integer> told = new HashMap<>();
            for (String line : Files.readAllLines(site.ends)) {
                assertThat(line).as(round).doesNotContain("NOT-");
                told.merge(line.split(" ", 2)[0], 1, Integer::sum);
            }
            assertThat(told.keySet()).as("%s told of", round).containsAll(accepted);
        });
    }

    /** A line a kind of kill. */
    List<String> figures() {
        List<String> lines = new ArrayList<>();
        figures.forEach((kill, of) -> lines.add("kill=%s rounds=%d acknowledged=%d lost=0 readyMillis=%s doneMillis=%s"
                .formatted(kill, of.rounds, of.accepted, spread(of.readyMillis), spread(of.doneMillis))));
        return lines;
    }

    /** Median and largest. */
    private static String spread(List<Long> millis) {
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2) + "/" + sorted.get(sorted.size() - 1);
    }

    @Override
    public void close() {
        engine.close();
    }
}
