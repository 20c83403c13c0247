// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.state.Regions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes tasks in: gives them an id and their devices, has them stored, and only then answers. Thread-safe, never waits:
 * what cannot be taken now is refused.
 */
final class TaskIntake {
    /** A task that starts later than this waits in the store instead of in memory. */
    static final Duration IN_MEMORY = Duration.ofSeconds(60);

    private final EngineEpoch epoch;
    private final IdGenerator ids;
    private final EngineClock clock;
    private final LaneParts parts;
    private final Lane[] lanes;
    private final Saver[] savers;
    private final StoreHealth health;
    private final Limits limits;
    private final IntakeLimiter limiter;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Set<List<String>> keysUnderWay = ConcurrentHashMap.newKeySet();

    TaskIntake(LaneParts parts, Lane[] lanes, Saver[] savers, StoreHealth health, Limits limits) {
        epoch = parts.epoch();
        clock = parts.clock();
        ids = new IdGenerator(clock, epoch.engine());
        this.parts = parts;
        this.lanes = lanes;
        this.savers = savers;
        this.health = health;
        this.limits = limits;
        limiter = limits.limiter;
    }

    /**
     * What is refused when.
     *
     * @param maxTasks tasks in memory
     * @param reserve places of a saver's queue that inserts leave to updates
     * @param isDurable whether the store outlives the process
     * @param limiter what submitters may do
     * @param onClockBehind the clock has stepped back so far that no id can be given
     */
    record Limits(int maxTasks, int reserve, boolean isDurable, IntakeLimiter limiter, Runnable onClockBehind) {}

    /** Tasks that are on their way into the store and not answered yet. */
    int underWay() {
        return underWay.get();
    }

    IdGenerator ids() {
        return ids;
    }

    int keysUnderWay() {
        return keysUnderWay.size();
    }

    void submit(Submission submission, Consumer<TaskId> beforeInsert, Consumer<Answer<SubmitResult>> done) {
        RefreshTask task = submission.task();
        if (health.isDown() || health.isFenced()) {
            done.accept(new Answer.Unavailable<>(Cause.STORE_DOWN, 1));
            return;
        }
        if (!parts.shares().hasRoom(task.tenant())) {
            boolean isFull = parts.table().size() >= limits.maxTasks;
            done.accept(new Answer.Unavailable<>(isFull ? Cause.OVERLOADED : Cause.LIMITED, 1));
            return;
        }
        long id = ids.next();
        if (id == 0) {
            limits.onClockBehind.run();
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
            return;
        }
        DeviceSet devices = parts.devices().view().select(task);
        SubmitResult refusal = refusal(task, devices);
        if (refusal != null) {
            done.accept(new Answer.Value<>(refusal));
            return;
        }
        IdempotencyKey key = submission.idempotency();
        if (key != null && !keysUnderWay.add(List.of(key.tenant(), key.key()))) {
            done.accept(new Answer.Value<>(new SubmitResult.InProgress()));
            return;
        }
        IntakeLimiter.Verdict verdict = limiter.take(task, submission.caller());
        Allowance.State tightest = verdict.tightest();
        if (!verdict.isTaken() && tightest != null) {
            release(key);
            done.accept(new Answer.Value<>(new SubmitResult.Limited(tightest)));
            return;
        }
        beforeInsert.accept(new TaskId(id));
        TaskRow row = row(new TaskId(id), task, devices, key);
        Arrival arrival = new Arrival(row, verdict, done);
        Saver saver = savers[Regions.share(Regions.of(id), savers.length)];
        Saver.Insert insert = new Saver.Insert(row, arrival);
        underWay.incrementAndGet();
        // A lane with much to do gets its tasks from the saver's thread, which may wait for it.
        boolean isLaneFree = lane(row).queue().depth() < limits.reserve;
        if (isLaneFree && saver.through().insert(insert)) {
            return;
        }
        if (!saver.offer(insert, limits.reserve)) {
            arrival.release(false);
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    private Lane lane(TaskRow row) {
        return Lane.of(lanes, row.id().value());
    }

    private void release(@Nullable IdempotencyKey key) {
        if (key != null) {
            keysUnderWay.remove(List.of(key.tenant(), key.key()));
        }
    }

    private @Nullable SubmitResult refusal(RefreshTask task, DeviceSet devices) {
        if (devices.isEmpty()) {
            return new SubmitResult.NoDevices();
        }
        String reason = parts.devices().incapable(devices, task.kind());
        return reason == null ? null : new SubmitResult.NotCapable(reason);
    }

    private TaskRow row(TaskId id, RefreshTask task, DeviceSet devices, @Nullable IdempotencyKey key) {
        Instant now = clock.now().truncatedTo(ChronoUnit.MILLIS);
        Instant notBefore = task.options().notBefore();
        Instant due = notBefore != null && notBefore.isAfter(now) ? notBefore : now;
        boolean isScheduled = due.isAfter(now) || task.options().after() != null;
        TaskStatus status = new TaskStatus(
                epoch.version(0),
                // what is not scheduled is pushed as soon as it is stored: no second write to say so
                isScheduled ? TaskState.SCHEDULED : TaskState.RUNNING,
                0,
                OutcomeCounts.pending(
                        (long) devices.size() * Math.max(1, task.targets().size())),
                0,
                new byte[0],
                null,
                null);
        return new TaskRow(id, epoch, task, devices, now, due, key, status);
    }

    void dryRun(RefreshTask task, Consumer<Answer<DryRun>> done) {
        RegistryView view = parts.devices().view();
        List<Device> devices = new ArrayList<>();
        view.select(task).forEach(ordinal -> {
            Device device = view.device(ordinal);
            if (device != null) {
                devices.add(device);
            }
        });
        List<HostRule> rules = view.rulesFor(task);
        List<List<String>> keys =
                task.targets().stream().map(target -> keys(task, target, rules)).toList();
        done.accept(new Answer.Value<>(new DryRun(devices, keys)));
    }

    /** What every device is asked for: the forms of a URL, and each with the headers of the host's variants. */
    private static List<String> keys(RefreshTask task, Target target, List<HostRule> rules) {
        HostRule rule = rules.stream()
                .filter(known -> known.matches(target.host()))
                .findFirst()
                .orElse(null);
        if (rule == null || task.kind() != TaskKind.URL && task.kind() != TaskKind.PRELOAD) {
            return List.of(target.wire());
        }
        List<String> keys = new ArrayList<>();
        for (Target form : task.kind() == TaskKind.URL ? rule.forms(target) : List.of(target)) {
            keys.add(form.wire());
            rule.variants().forEach(variant -> keys.add(form.wire() + " " + variant));
        }
        return keys;
    }

    /** One task between its insert and its answer. Called on the saver's thread. */
    private final class Arrival implements Saver.InsertListener {
        private final TaskRow row;
        private final IntakeLimiter.Verdict verdict;
        private final Consumer<Answer<SubmitResult>> done;

        Arrival(TaskRow row, IntakeLimiter.Verdict verdict, Consumer<Answer<SubmitResult>> done) {
            this.row = row;
            this.verdict = verdict;
            this.done = done;
        }

        void release(boolean isCharged) {
            underWay.decrementAndGet();
            TaskIntake.this.release(row.idempotency());
            if (!isCharged) {
                verdict.giveBack();
            }
        }

        @Override
        public void onStored(InsertOutcome outcome) {
            boolean isNew =
                    !(outcome instanceof InsertOutcome.Replayed) && !(outcome instanceof InsertOutcome.KeyReused);
            release(isNew);
            if (outcome instanceof InsertOutcome.Replayed replayed) {
                done.accept(new Answer.Value<>(
                        new SubmitResult.Replayed(replayed.original(), replayed.acceptedAt(), replayed.targets())));
            } else if (outcome instanceof InsertOutcome.KeyReused reused) {
                done.accept(new Answer.Value<>(new SubmitResult.KeyReused(reused.original())));
            } else {
                // Order matters to a client that sends its next task after this answer: first the lane, then the 202.
                if (row.dueAt().isBefore(row.acceptedAt().plus(IN_MEMORY))) {
                    lane(row).queue().put(lane -> lane.accept(row));
                }
                done.accept(new Answer.Value<>(new SubmitResult.Accepted(
                        row.id(), row.task().targets().size(), limits.isDurable, verdict.tightest())));
            }
        }

        @Override
        public void onRefused(boolean isRetryable, String reason) {
            release(false);
            done.accept(
                    isRetryable
                            ? new Answer.Unavailable<>(Cause.STORE_DOWN, 1)
                            : new Answer.Value<>(new SubmitResult.NotCapable(reason)));
        }
    }
}
