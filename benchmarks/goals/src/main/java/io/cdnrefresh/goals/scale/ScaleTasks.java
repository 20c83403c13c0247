// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.scale;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Tasks as a busy year brings them, each a function of its number: 1,000 hosts of which the first has every fifth task,
 * 20 tenants, a label on every tenth, one batch of 20 URLs in 50, some prefixes and preloads; of 1,000 finished ones one
 * has failed. Ten days long, evenly. Not thread-safe.
 */
final class ScaleTasks {
    static final int DAYS = 10;
    static final int HOSTS = 1_000;
    private static final DeviceSet DEVICES =
            DeviceSet.of(IntStream.range(0, 100).toArray());

    private final EngineEpoch engine;
    private final Instant start;
    private final long rows;
    private final OutcomeCounts done;
    private final OutcomeCounts pending;

    ScaleTasks(EngineEpoch engine, Instant start, long rows) {
        this.engine = engine;
        this.start = start;
        this.rows = rows;
        long[] counts = new long[Outcome.values().length];
        counts[Outcome.VERIFIED.code()] = 100;
        done = OutcomeCounts.of(counts);
        pending = OutcomeCounts.pending(100);
    }

    static String host(long number) {
        return number % 5 == 0 ? "www.example.com" : "h" + mixed(number) % HOSTS + ".example.com";
    }

    static String url(long number) {
        return "https://" + host(number) + "/assets/" + mixed(number) % 100_000_000 + "/main.css?v=" + number % 97;
    }

    /** Spreads neighbours. */
    private static long mixed(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        return (mixed ^ mixed >>> 29) >>> 1;
    }

    Instant acceptedAt(long number) {
        return start.plusMillis((long) (number * (double) Duration.ofDays(DAYS).toMillis() / rows));
    }

    TaskId id(long number) {
        return new TaskId(
                acceptedAt(number).toEpochMilli() - TaskId.EPOCH_MILLIS << 22 | (number % 4_096 + 4_096) % 4_096);
    }

    private static RefreshTask task(long number) {
        int kind = (int) (number % 100);
        RefreshTask task;
        if (kind == 1) {
            task = RefreshTask.purgePrefix("https://" + host(number) + "/assets/" + number % 1_000 + "/");
        } else if (kind == 2) {
            task = RefreshTask.preload(url(number));
        } else if (number % 50 == 7) {
            String[] urls = new String[20];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = "https://" + host(number) + "/assets/" + number + "/" + i + ".js";
            }
            task = RefreshTask.purge(urls);
        } else {
            task = RefreshTask.purge(url(number));
        }
        TaskOptions options = number % 10 == 3
                ? TaskOptions.DEFAULTS.toBuilder()
                        .labels(Map.of("release", "r" + number / 1_000))
                        .build()
                : TaskOptions.DEFAULTS;
        return task.withOptions(options).withTenant("tenant" + number % 20);
    }

    /** Finished tasks. */
    List<TaskRow> finished(long from, int count) {
        List<TaskRow> batch = new ArrayList<>(count);
        for (long number = from; number < from + count; number++) {
            Instant at = acceptedAt(number);
            TaskState state = number % 1_000 == 500 ? TaskState.FAILED : TaskState.DONE;
            batch.add(row(number, at, status(1, state, at.plusSeconds(1))));
        }
        return batch;
    }

    /** New tasks. */
    List<TaskRow> accepted(long from, int count) {
        List<TaskRow> batch = new ArrayList<>(count);
        for (long number = from; number < from + count; number++) {
            batch.add(row(
                    number,
                    acceptedAt(number),
                    new TaskStatus(engine.version(1), TaskState.ACCEPTED, 0, pending, 0, new byte[0], null, null)));
        }
        return batch;
    }

    /** Their ends. */
    List<TaskUpdate> ends(List<TaskRow> batch) {
        return batch.stream()
                .map(row -> new TaskUpdate(row.id(), status(2, TaskState.DONE, row.acceptedAt())))
                .toList();
    }

    private TaskStatus status(int n, TaskState state, Instant finalAt) {
        // one run: 100 devices, verified
        byte[] results = {1, 100, Outcome.VERIFIED.code()};
        return new TaskStatus(engine.version(n), state, 1, done, 0, results, finalAt, finalAt);
    }

    private TaskRow row(long number, Instant at, TaskStatus status) {
        return new TaskRow(id(number), engine, task(number), DEVICES, at, at, null, status);
    }
}
