// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.CoordinationException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Parks in bulk. While one load is on its way to Redis, the next gathers, one script call for up to {@value #CHUNK} entries
 * of a device; a load leaves in one write. So a single entry goes at once, and a flood in a few packets.
 *
 * <p>Thread-safe; nothing blocks. Bounded: what gathers above {@value #MOST} entries is refused as RETRYABLE.
 */
final class ParkPipeline {
    static final int CHUNK = 1_000;
    static final int MOST = 200_000;

    private final Connection connection;
    private final Executor executor;
    private final String bound;
    private final Function<String, List<String>> keys;

    /** Guards what follows. */
    private final Object lock = new Object();

    private Map<String, List<Park>> gathering = new LinkedHashMap<>();
    private int gathered;
    private boolean isUnderWay;

    /**
     * @param connection one of its own: it is flushed here only
     * @param bound entries of a device at most
     * @param keys the keys of a device's queue
     */
    ParkPipeline(Connection connection, Executor executor, int bound, Function<String, List<String>> keys) {
        this.connection = connection;
        this.executor = executor;
        this.bound = Integer.toString(bound);
        this.keys = keys;
    }

    /** One caller's entries. */
    private record Park(List<String> entries, CompletableFuture<Long> done) {}

    CompletionStage<Long> add(String device, List<String> entries) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        synchronized (lock) {
            if (gathered > 0 && gathered + entries.size() > MOST) {
                return CompletableFuture.failedFuture(
                        new CoordinationException(Category.RETRYABLE, "too much is being parked at once", null));
            }
            gathered += entries.size();
            gathering.computeIfAbsent(device, name -> new ArrayList<>()).add(new Park(entries, done));
            if (isUnderWay) {
                return done;
            }
            isUnderWay = true;
        }
        try {
            executor.execute(this::send);
        } catch (RejectedExecutionException e) { // closed
            send();
        }
        return done;
    }

    private void send() {
        Map<String, List<Park>> load;
        synchronized (lock) {
            load = gathering;
            gathering = new LinkedHashMap<>();
            gathered = 0;
            if (load.isEmpty()) {
                isUnderWay = false;
                return;
            }
        }
        List<CompletableFuture<?>> calls = new ArrayList<>();
        load.forEach((device, parks) -> send(keys.apply(device), parks, calls));
        connection.flush();
        CompletableFuture<?> unused =
                CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).whenComplete((nothing, e) -> send());
    }

    /** Several small ones in one call, a large one in several. */
    private void send(List<String> queue, List<Park> parks, List<CompletableFuture<?>> calls) {
        List<String> args = arguments();
        List<Park> together = new ArrayList<>();
        for (Park park : parks) {
            if (args.size() > 1 && args.size() + park.entries.size() > CHUNK) {
                calls.add(call(queue, args, together));
                args = arguments();
                together = new ArrayList<>();
            }
            together.add(park);
            for (String entry : park.entries) {
                if (args.size() > CHUNK) {
                    calls.add(call(queue, args, List.of(new Park(List.of(), failing(park)))));
                    args = arguments();
                }
                args.add(entry);
            }
        }
        calls.add(call(queue, args, together));
    }

    /** A part of one caller's entries: only its failure, or its refusal, counts. */
    private static CompletableFuture<Long> failing(Park park) {
        CompletableFuture<Long> part = new CompletableFuture<>();
        CompletableFuture<?> unused = part.whenComplete((length, e) -> {
            if (e != null) {
                park.done.completeExceptionally(e);
            } else if (length < 0) {
                park.done.complete(length);
            }
        });
        return part;
    }

    private List<String> arguments() {
        List<String> args = new ArrayList<>();
        args.add(bound);
        return args;
    }

    private CompletableFuture<Long> call(List<String> queue, List<String> args, List<Park> parks) {
        CompletableFuture<Long> call =
                connection.<Long>run(Script.PARK, queue, args).toCompletableFuture();
        CompletableFuture<?> unused = call.whenComplete((length, e) -> {
            for (Park park : parks) {
                if (e == null) {
                    park.done.complete(length);
                } else {
                    park.done.completeExceptionally(e);
                }
            }
        });
        return call;
    }
}
