// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Who did what, on its way into the store: at once, or with the next second's batch where there may be thousands. Never
 * waits; what finds no room is counted and told, never silently gone. A store that is away is waited for. Thread-safe.
 */
final class AuditLog {
    /** Records in memory: some 300 bytes each. */
    private static final int CAPACITY = 16_384;

    private static final int BATCH = 1_000;

    private final RegistryStore store;
    private final WorkerPool queries;
    private final EngineClock clock;
    private final AlertReporter alerts;
    private final ArrayBlockingQueue<AuditRecord> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicBoolean isQueued = new AtomicBoolean();
    private final LongAdder dropped = new LongAdder();

    AuditLog(RegistryStore store, WorkerPool queries, EngineClock clock, AlertReporter alerts) {
        this.store = store;
        this.queries = queries;
        this.clock = clock;
        this.alerts = alerts;
    }

    /** Somebody did something rare: it is written at once. */
    void add(String actor, String tenant, String action, String subject, String detail) {
        addLater(actor, tenant, action, subject, detail);
        tick();
    }

    /** The same for what there may be thousands of a second: it is written within a second. */
    void addLater(String actor, String tenant, String action, String subject, String detail) {
        if (!waiting.offer(new AuditRecord(clock.now(), actor, tenant, action, subject, detail))) {
            dropped.increment();
            alerts.raise(
                    Severity.ERROR, "audit-dropped", "audit", "more happened than the store could keep a record of");
        }
    }

    /** Notes an accepted task of a known caller on the way of its answer; while there are no keys, nobody is known. */
    Consumer<Answer<SubmitResult>> ofSubmission(Submission submission, Consumer<Answer<SubmitResult>> done) {
        Caller caller = submission.caller();
        if (caller.keyId().isEmpty()) {
            return done;
        }
        return answer -> {
            if (answer instanceof Answer.Value<SubmitResult> value
                    && value.value() instanceof SubmitResult.Accepted accepted) {
                RefreshTask task = submission.task();
                String detail = task.kind().wireName() + " targets=" + accepted.targets();
                addLater(
                        caller.actor(),
                        task.tenant(),
                        "task.submit",
                        accepted.id().toString(),
                        detail);
            }
            done.accept(answer);
        };
    }

    /** Notes a cancelled task together with whose it is, which is looked up behind the answer. */
    Consumer<Answer<CancelResult>> ofCancellation(
            TaskId id, String actor, TaskReads reads, Consumer<Answer<CancelResult>> done) {
        return answer -> {
            if (answer instanceof Answer.Value) {
                reads.find(id, found -> add(actor, tenantOf(found), "task.cancel", id.toString(), ""));
            }
            done.accept(answer);
        };
    }

    private static String tenantOf(Answer<TaskView> found) {
        Answer<TaskView> known = found instanceof Answer.Elsewhere<TaskView> elsewhere ? elsewhere.stored() : found;
        return known instanceof Answer.Value<TaskView> task
                ? task.value().task().tenant()
                : "";
    }

    /** Records for which there was no room. */
    long dropped() {
        return dropped.sum();
    }

    int waiting() {
        return waiting.size();
    }

    /** Has what waits written. */
    void tick() {
        if (!waiting.isEmpty() && isQueued.compareAndSet(false, true) && !queries.tryRun(this::write)) {
            isQueued.set(false);
        }
    }

    /** Writes what waits, oldest first. Blocks; one thread at a time. */
    private void write() {
        isQueued.set(false);
        flush();
    }

    /** The same on the caller's thread. */
    synchronized void flush() {
        List<AuditRecord> batch = new ArrayList<>();
        while (waiting.drainTo(batch, BATCH) > 0) {
            try {
                store.audit(batch);
            } catch (StoreException e) {
                giveBack(batch);
                return;
            }
            batch.clear();
        }
    }

    /** They come behind what came meanwhile; their time says when they were. */
    private void giveBack(List<AuditRecord> batch) {
        for (AuditRecord each : batch) {
            if (!waiting.offer(each)) {
                dropped.increment();
            }
        }
    }
}
