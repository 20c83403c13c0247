// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.WebhookSecret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The webhooks of a {@link MemoryStore}: at most 50,000, of which the oldest that have ended go first. Thread-safe. */
final class MemoryCallbacks implements CallbackStore {
    private static final int MAX_ROWS = 50_000;

    private record Key(TaskId task, String event) {
        static Key of(CallbackRow row) {
            return new Key(row.task(), row.event());
        }
    }

    private final EngineClock clock;

    /** By age. */
    @GuardedBy("this")
    private final Map<Key, CallbackRow> rows = new LinkedHashMap<>();

    @GuardedBy("this")
    private final Map<String, List<WebhookSecret>> secrets = new HashMap<>();

    MemoryCallbacks(EngineClock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized void add(List<CallbackRow> given) {
        makeRoom(given.size());
        given.forEach(row -> rows.putIfAbsent(Key.of(row), row));
    }

    @GuardedBy("this")
    private void makeRoom(int wanted) {
        int excess = rows.size() + wanted - MAX_ROWS;
        if (excess > 0) {
            List<Key> ended = rows.values().stream()
                    .filter(row -> row.state() != State.PENDING)
                    .limit(excess)
                    .map(Key::of)
                    .toList();
            if (ended.size() < excess) {
                throw new StoreException(Category.RETRYABLE, "full: " + MAX_ROWS + " webhooks are pending", null);
            }
            rows.keySet().removeAll(ended);
        }
    }

    @Override
    public synchronized List<CallbackRow> claim(Claim claim) {
        Map<String, Integer> byHost = new HashMap<>();
        List<CallbackRow> claimed = rows.values().stream()
                .filter(row -> row.state() == State.PENDING
                        && !row.dueAt().isAfter(claim.now())
                        && !claim.busy().contains(row.host()))
                .sorted(Comparator.comparing(CallbackRow::dueAt))
                .filter(row -> byHost.merge(row.host(), 1, Integer::sum) <= claim.perHost())
                .limit(claim.limit())
                .map(row -> row.claimedUntil(claim.now().plus(claim.lease())))
                .toList();
        claimed.forEach(row -> rows.put(Key.of(row), row));
        return claimed;
    }

    @Override
    public synchronized void finish(List<CallbackRow> tried) {
        for (CallbackRow row : tried) {
            rows.computeIfPresent(Key.of(row), (key, old) -> old.state() == State.PENDING ? row : old);
        }
    }

    @Override
    public synchronized List<CallbackRow> list(Filter filter) {
        List<CallbackRow> found =
                new ArrayList<>(rows.values().stream().filter(filter::matches).toList());
        found.sort(
                filter.task() != null
                        ? Comparator.comparing(CallbackRow::event)
                        : Comparator.comparing(CallbackRow::createdAt)
                                .thenComparing(CallbackRow::task)
                                .reversed());
        return found.stream()
                .limit(filter.limit())
                .map(CallbackRow::withoutBody)
                .toList();
    }

    @Override
    public synchronized int redeliver(TaskId task, Instant now, Instant giveUpAt) {
        List<CallbackRow> found =
                rows.values().stream().filter(row -> row.task().equals(task)).toList();
        found.forEach(row -> rows.put(Key.of(row), row.again(now, giveUpAt)));
        return found.size();
    }

    @Override
    public synchronized long count(State state) {
        return rows.values().stream().filter(row -> row.state() == state).count();
    }

    @Override
    public synchronized List<WebhookSecret> secrets(String tenant) {
        return secrets.getOrDefault(tenant, List.of());
    }

    @Override
    public synchronized void rotate(WebhookSecret fresh, Instant olderEnd) {
        Stream<WebhookSecret> older = secrets.getOrDefault(fresh.tenant(), List.of()).stream()
                .filter(secret -> secret.isValidAt(clock.now()))
                .map(secret -> secret.endingBy(olderEnd));
        secrets.put(fresh.tenant(), Stream.concat(Stream.of(fresh), older).toList());
    }
}
