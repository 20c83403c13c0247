// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackStore.Filter;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.WebhookSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What people ask about webhooks. Any engine answers for any task: all of it is in the store. Thread-safe, never waits; the
 * consumers are called once, on any thread.
 */
final class CallbackDesk {
    /** An engine that delivers no webhooks. */
    static final CallbackDesk NONE = new CallbackDesk(null, null, null);

    private static final int MAX_OF_TASK = 100;

    private final @Nullable Callbacks callbacks;
    private final @Nullable TaskQueries tasks;
    private final @Nullable Office office;

    /** {@code callbacks} null: the engine delivers none. */
    CallbackDesk(@Nullable Callbacks callbacks, @Nullable TaskQueries tasks, @Nullable Office office) {
        this.callbacks = callbacks;
        this.tasks = tasks;
        this.office = office;
    }

    /** Who waits for the store, and what time it is. */
    record Office(WorkerPool queries, EngineClock clock, AuditLog audit) {}

    private <T> void ask(Consumer<Answer<T>> done, Supplier<Answer<T>> question) {
        Office own = office;
        if (own == null) {
            done.accept(new Answer.Unknown<>());
            return;
        }
        boolean isTaken = own.queries.tryRun(() -> {
            Answer<T> answer;
            try {
                answer = question.get();
            } catch (StoreException e) {
                answer = new Answer.Unavailable<>(Cause.STORE_DOWN, 1);
            }
            done.accept(answer);
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    /** The webhooks of a task; unknown when the task is. */
    void ofTask(TaskId id, Consumer<Answer<List<CallbackRow>>> done) {
        ask(done, () -> {
            List<CallbackRow> rows = parts().store().list(new Filter(id, null, null, MAX_OF_TASK));
            return rows.isEmpty() && !exists(id) ? new Answer.Unknown<>() : new Answer.Value<>(rows);
        });
    }

    private Callbacks parts() {
        if (callbacks == null) {
            throw new IllegalStateException("no webhooks here");
        }
        return callbacks;
    }

    private boolean exists(TaskId id) {
        return tasks != null && tasks.find(id).isPresent();
    }

    /** Those of all tasks, the newest first. */
    void all(CallbackRow.@Nullable State state, int limit, Consumer<Answer<List<CallbackRow>>> done) {
        ask(done, () -> new Answer.Value<>(parts().store().list(new Filter(null, state, null, limit))));
    }

    /** Delivers those of a task once more, whatever became of them; how many there are. */
    void redeliver(TaskId id, String actor, Consumer<Answer<Integer>> done) {
        ask(done, () -> {
            Callbacks own = parts();
            Instant now = now();
            int count = own.store().redeliver(id, now, now.plus(own.options().retryFor()));
            if (count == 0 && !exists(id)) {
                return new Answer.Unknown<>();
            }
            note(actor, "", "callback.redeliver", id.toString(), count + " webhooks");
            own.look();
            return new Answer.Value<>(count);
        });
    }

    /** The secrets of a tenant, which tell their value to nobody but {@link WebhookSignature}. */
    void secrets(String tenant, Consumer<Answer<List<WebhookSecret>>> done) {
        ask(done, () -> new Answer.Value<>(parts().store().secrets(tenant)));
    }

    /** Gives a tenant a new secret; the older ones go on signing, too, for a while. */
    void rotate(String tenant, Duration keep, String actor, Consumer<Answer<WebhookSecret>> done) {
        ask(done, () -> {
            WebhookSecret fresh = WebhookSecret.random(tenant, now());
            parts().store().rotate(fresh, now().plus(keep));
            note(actor, tenant, "webhook-secret.rotate", fresh.id(), "older ones end in " + keep);
            return new Answer.Value<>(fresh);
        });
    }

    /** To the millisecond, as stores keep it. */
    private Instant now() {
        Office own = office;
        return Instant.ofEpochMilli((own == null ? Instant.EPOCH : own.clock.now()).toEpochMilli());
    }

    private void note(String actor, String tenant, String action, String subject, String detail) {
        if (office != null) {
            office.audit.add(actor, tenant, action, subject, detail);
        }
    }
}
