// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The idempotency keys of a {@link MemoryStore}. Not thread-safe. */
final class MemoryKeys {
    private static final Duration LIFE = Duration.ofHours(24);

    private record Name(String tenant, String key) {}

    private record Use(long bodyHash, TaskId original, Instant acceptedAt, int targets) {}

    /** The oldest first. */
    private final Map<Name, Use> uses = new LinkedHashMap<>();

    Batch batch() {
        return new Batch();
    }

    /** Keeps what the batch used; over the bound the oldest go. */
    void add(Batch batch, int maxKeys) {
        batch.fresh.forEach((name, use) -> {
            uses.remove(name); // a renewed one is the youngest again
            uses.put(name, use);
        });
        Iterator<Use> oldest = uses.values().iterator();
        for (int excess = uses.size() - maxKeys; excess > 0; excess--) {
            oldest.next();
            oldest.remove();
        }
    }

    void retire(Instant now) {
        Instant before = now.minus(LIFE);
        uses.values().removeIf(use -> use.acceptedAt.isBefore(before));
    }

    /** The keys of one insert, which must not be seen by others if it fails. */
    final class Batch {
        private final Map<Name, Use> fresh = new LinkedHashMap<>();

        /** Uses the key of a row; the outcome of the row if its key was used before, else null. */
        @Nullable
        InsertOutcome use(TaskRow row) {
            IdempotencyKey key = row.idempotency();
            if (key == null) {
                return null;
            }
            Name name = new Name(key.tenant(), key.key());
            Use use = fresh.containsKey(name) ? fresh.get(name) : uses.get(name);
            if (use == null || use.acceptedAt.isBefore(row.acceptedAt().minus(LIFE))) {
                int targets = row.task().targets().size();
                fresh.put(name, new Use(key.bodyHash(), row.id(), row.acceptedAt(), targets));
                return null;
            }
            return use.bodyHash == key.bodyHash()
                    ? new InsertOutcome.Replayed(use.original, use.acceptedAt, use.targets)
                    : new InsertOutcome.KeyReused(use.original);
        }
    }
}
