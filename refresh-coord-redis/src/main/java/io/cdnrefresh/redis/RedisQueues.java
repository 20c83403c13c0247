// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.spi.OfflineQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The offline queues as Redis has them, three keys a device in one slot: the list of waiting entries, the sorted set of
 * drained ones, the drain lease. An entry is {@code task:step}.
 */
final class RedisQueues implements OfflineQueues {
    private final Connection connection;
    private final String keyPrefix;
    private final ParkPipeline parking;

    RedisQueues(RedisLink link, String keyPrefix, int bound) {
        this.connection = link.bulk();
        this.keyPrefix = keyPrefix;
        parking = new ParkPipeline(
                link.parking(), link.timer(), bound, device -> keys(device).subList(0, 2));
    }

    @Override
    public CompletionStage<Long> park(String device, List<Entry> entries) {
        return parking.add(device, encode(new ArrayList<>(entries.size()), entries));
    }

    @Override
    public CompletionStage<List<Entry>> drain(String device, String holder, Duration lease, int limit) {
        if (limit < 0 || limit > 10_000) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 0..10000)");
        }
        List<String> args = List.of(holder, Long.toString(lease.toMillis()), Integer.toString(limit));
        return connection.<List<Object>>run(Script.DRAIN, keys(device), args).thenApply(RedisQueues::decode);
    }

    @Override
    public CompletionStage<Void> acknowledge(String device, String holder, List<Entry> entries) {
        List<String> args = new ArrayList<>();
        args.add(holder);
        return connection
                .<Long>run(Script.ACKNOWLEDGE, keys(device), encode(args, entries))
                .thenAccept(gone -> {});
    }

    @Override
    public CompletionStage<Long> length(String device) {
        return connection.run(Script.LENGTH, keys(device).subList(0, 2), List.of());
    }

    @Override
    public CompletionStage<Long> finish(String device, String holder) {
        return connection.run(Script.FINISH, keys(device), List.of(holder));
    }

    @Override
    public CompletionStage<String> generation() {
        return connection.run(
                Script.GENERATION,
                List.of(keyPrefix + ":{queues}:generation"),
                List.of(UUID.randomUUID().toString()));
    }

    private List<String> keys(String device) {
        String base = keyPrefix + ":{queue/" + device + "}:";
        return List.of(base + "waiting", base + "drained", base + "lease");
    }

    private static List<String> encode(List<String> args, List<Entry> entries) {
        for (Entry entry : entries) {
            args.add(entry.task() + ":" + entry.step());
        }
        return args;
    }

    private static List<Entry> decode(List<Object> reply) {
        List<Entry> entries = new ArrayList<>(reply.size());
        for (Object each : reply) {
            String text = each.toString();
            int colon = text.indexOf(':');
            entries.add(new Entry(
                    Long.parseLong(text, 0, colon, 10), Integer.parseInt(text, colon + 1, text.length(), 10)));
        }
        return List.copyOf(entries);
    }
}
