// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.scale;

import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A store with millions of tasks: are lists, status, explain and intake as fast as with few, and what does retention
 * cost? {@code --rows=N} (10,000,000), {@code --server=sqlite|mariadb} (both). The tasks go in as the engine puts them in.
 */
public final class StoreScale {
    private static final int BATCH = 1_000;
    private static final int QUERIES = 300;
    private static final int INTAKE_BATCHES = 20;

    private final GoalRun run;
    private final String server;
    private final long rows;
    private final JdbcStore store;
    private final EngineEpoch engine;
    private final ScaleTasks tasks;
    private final Map<String, List<Object>> figures = new LinkedHashMap<>();
    private final List<Double> intake = new ArrayList<>();
    private long extra;

    private StoreScale(GoalRun run, String server, long rows, JdbcStore store, Instant start) {
        this.run = run;
        this.server = server;
        this.rows = rows;
        this.store = store;
        engine = store.claimEngine(OptionalInt.of(1), "scale", Duration.ofDays(1))
                .epoch();
        tasks = new ScaleTasks(engine, start, rows);
        extra = rows;
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException, SQLException {
        GoalRun run = GoalRun.begin("store-scale", arguments, "200,000 rows", true);
        long rows = run.isQuick() ? 200_000 : Long.parseLong(option(arguments, "--rows=", "10000000"));
        String only = option(arguments, "--server=", "");
        Path folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), ".store-scale");
        try {
            Instant start = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(ScaleTasks.DAYS));
            if (!only.equals("mariadb")) {
                Path file = folder.resolve("tasks.db");
                try (JdbcStore store =
                        JdbcStore.builder().url("jdbc:sqlite:" + file).build()) {
                    new StoreScale(run, "sqlite", rows, store, start).measure(() -> bytes(folder));
                }
                Files.deleteIfExists(file);
            }
            if (!only.equals("sqlite")) {
                try (MariaDbServer server = MariaDbServer.start(
                                folder.resolve("mariadb"),
                                "--innodb-buffer-pool-size=2G",
                                "--innodb-log-file-size=512M");
                        JdbcStore store =
                                JdbcStore.builder().url(server.mariaDbUrl()).build()) {
                    store.load();
                    Days.before(server.mariaDbUrl(), start, ScaleTasks.DAYS);
                    new StoreScale(run, "mariadb", rows, store, start)
                            .measure(() -> bytes(folder.resolve("mariadb/data/test")));
                }
            }
        } finally {
            delete(folder);
        }
        run.finish();
    }

    private static String option(String[] arguments, String name, String standard) {
        return Arrays.stream(arguments)
                .filter(argument -> argument.startsWith(name))
                .map(argument -> argument.substring(name.length()))
                .findFirst()
                .orElse(standard);
    }

    private interface Size {
        long bytes();
    }

    private void measure(Size size) {
        long from = 0;
        List<String> at = new ArrayList<>();
        for (long to : new long[] {Math.min(20_000, rows / 10), rows / 2, rows}) {
            long started = System.nanoTime();
            for (; from < to; from += BATCH) {
                store.insert(engine, tasks.finished(from, (int) Math.min(BATCH, to - from)));
            }
            double seconds = (System.nanoTime() - started) / 1e9;
            at.add(String.format("%,d rows", to));
            run.say(String.format(
                    "%s: %,d rows, the last part in %.0f s, %,d bytes", server, to, seconds, size.bytes()));
            look(to);
        }
        List<String> heading = new ArrayList<>(List.of(server + ", ms: median (99th of 100)"));
        heading.addAll(at);
        Table table = new Table(heading.toArray(String[]::new));
        figures.forEach((name, values) -> {
            List<Object> row = new ArrayList<>(List.of(name));
            row.addAll(values);
            table.row(row.toArray());
        });
        run.say(table);
        run.say(String.format("%s: %,.0f bytes a task", server, (double) size.bytes() / extra));
        run.score().atLeast(server + ": intake at the end against the start", intake.get(2) / intake.get(0), 0.8);
        retention();
    }

    private void look(long to) {
        long step = Math.max(1, to / 1_009);
        time("status of one task", number -> store.find(tasks.id(number * step % to)));
        list("list, newest", TaskFilter.ANY, to, false);
        list("list, anywhere", TaskFilter.ANY, to, true);
        list("list, state FAILED", filter(null, TaskState.FAILED, null, null), to, false);
        list("list, state RUNNING (none)", filter(null, TaskState.RUNNING, null, null), to, false);
        list("list, type prefix", filter(null, null, TaskKind.PREFIX, null), to, true);
        list("list, type host (none)", filter(null, null, TaskKind.HOST, null), to, false);
        list("list, tenant", filter("tenant7", null, null, null), to, true);
        list("list, tenant and FAILED", filter("tenant0", TaskState.FAILED, null, null), to, false);
        list("list, host", filter(null, null, null, "h77.example.com"), to, false);
        list("list, label", new TaskFilter(null, null, null, null, "release", "r5", null), to, false);
        explain("explain, a URL of a host with 1/1,250 of all", "https://h77.example.com/assets/none", null);
        explain("explain, a URL of a host with 1/5 of all, last day", "https://www.example.com/assets/none", to);
        explainAll(to);
        double perSecond = intake();
        figures.computeIfAbsent("insert, rows/s", name -> new ArrayList<>()).add(perSecond);
        intake.add(perSecond);
    }

    private static TaskFilter filter(
            @Nullable String tenant, @Nullable TaskState state, @Nullable TaskKind kind, @Nullable String host) {
        return new TaskFilter(tenant, state, kind, host, null, null, null);
    }

    private void list(String name, TaskFilter filter, long to, boolean isAnywhere) {
        long step = Math.max(1, to / 1_009);
        time(
                name,
                number -> store.list(
                        filter, isAnywhere ? tasks.id(number * step % to).value() : Long.MAX_VALUE, 100));
    }

    private void explain(String name, String url, @Nullable Long lastDayOf) {
        Instant since = lastDayOf == null ? null : tasks.acceptedAt(lastDayOf).minus(Duration.ofDays(1));
        TaskFilter filter = new TaskFilter(null, null, null, null, null, null, since);
        time(name, QUERIES / 10, number -> store.explain(Target.url(url + number), filter, 20));
    }

    private void explainAll(long to) {
        time("explain, a URL of that host, all days", 5, number -> {
            long known = to / 7 * number / 5 * 5;
            String url = ScaleTasks.url(known - known % 100 + 5);
            store.explain(Target.url(url), TaskFilter.ANY, 20);
        });
    }

    private void time(String name, LongConsumer query) {
        time(name, QUERIES, query);
    }

    private void time(String name, int count, LongConsumer query) {
        query.accept(1);
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            long started = System.nanoTime();
            query.accept(i + 1L);
            millis[i] = (System.nanoTime() - started) / 1e6;
        }
        Arrays.sort(millis);
        figures.computeIfAbsent(name, key -> new ArrayList<>())
                .add(Table.shown(millis[count / 2]) + " (" + Table.shown(millis[count * 99 / 100]) + ")");
    }

    /** New tasks a second. */
    private double intake() {
        long nanos = 0;
        for (int i = 0; i < INTAKE_BATCHES; i++) {
            List<TaskRow> batch = tasks.accepted(extra, BATCH);
            extra += BATCH;
            long started = System.nanoTime();
            store.insert(engine, batch);
            nanos += System.nanoTime() - started;
            store.update(engine, tasks.ends(batch));
        }
        return INTAKE_BATCHES * BATCH * 1e9 / nanos;
    }

    /** The first day goes, while new tasks come. */
    private void retention() {
        Instant end = tasks.acceptedAt(0).plus(Duration.ofDays(1)).plusSeconds(1);
        long deleted = 0;
        long longest = 0;
        int calls = 0;
        long started = System.nanoTime();
        int now;
        do {
            long call = System.nanoTime();
            now = store.retire(engine, end, BATCH);
            longest = Math.max(longest, System.nanoTime() - call);
            deleted += now;
            calls++;
        } while (now >= BATCH);
        double seconds = (System.nanoTime() - started) / 1e9;
        run.say(String.format(
                "%s: retention took %,d tasks of a day in %.2f s, %d calls, the longest %.0f ms",
                server, deleted, seconds, calls, longest / 1e6));
        run.say(String.format("%s: insert after it %,.0f rows/s", server, intake()));
        run.say("");
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
