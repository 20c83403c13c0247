// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.stats.StatsSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the API asks of the engine: the seam between bytes and stages.
 *
 * <p>Thread-safe; no method blocks or throws. Every consumer is called exactly once, on any thread, also after the
 * engine stopped ({@link Answer.Unavailable}), and never blocks. {@code actor} says who asks, for the audit.
 */
interface EngineOperations {
    /** Takes in a task; answered once it is durable, or at once if it cannot be. */
    void submit(Submission submission, Consumer<Answer<SubmitResult>> done);

    /** How the network stands, in a few lines. */
    FleetView fleet();

    /** What {@link #submit} would do; changes nothing. An empty scope is an answer without devices. */
    void dryRun(RefreshTask task, Consumer<Answer<DryRun>> done);

    /** One task. */
    void find(TaskId id, Consumer<Answer<TaskView>> done);

    /** Answers when the wish is met or cannot be met any more, at the latest after its timeout. */
    void await(WaitQuery query, Consumer<Answer<WaitResult>> done);

    /** How near tasks are to a goal by what is committed, newest first, at most {@code limit} of them (1 to 1,001). */
    void standing(TaskFilter filter, WaitGoal goal, int limit, Consumer<Answer<List<WaitResult>>> done);

    /** A page of a task's devices, those with exceptions first; {@code from} is 0 or the {@code next} of a page. */
    void deviceResults(TaskId id, @Nullable Outcome only, PageRequest page, Consumer<Answer<Page<DeviceRow>>> done);

    /** What became of each target on one device; unknown when the task is not for the device. */
    void targetResults(TaskId id, String device, @Nullable Outcome only, Consumer<Answer<List<TargetRow>>> done);

    /** Withdraws a task. */
    void cancel(TaskId id, String actor, Consumer<Answer<CancelResult>> done);

    /** A page of tasks, newest first; {@code from} is {@link Long#MAX_VALUE} or the {@code next} of a page. */
    void list(TaskFilter filter, PageRequest page, Consumer<Answer<Page<TaskView>>> done);

    /** The tasks that cover a URL, newest first; of a tenant, or with null of all. */
    void explain(
            Target url,
            @Nullable String tenant,
            @Nullable Instant since,
            int limit,
            Consumer<Answer<List<Coverage>>> done);

    /** Every device that was not removed. */
    void devices(Consumer<Answer<List<DeviceView>>> done);

    /** Announces a device, or moves it to another group and tier. */
    void putDevice(String id, String group, String tier, String actor, Consumer<Answer<Device>> done);

    /** Takes a device out or back in. */
    void setDeviceState(String id, StateChange change, String actor, Consumer<Answer<Device>> done);

    /** Removes a device for good and ends its debt. */
    void removeDevice(String id, String actor, Consumer<Answer<Device>> done);

    /** Every host rule. */
    void hosts(Consumer<Answer<List<HostRule>>> done);

    /** Puts a rule in the place of the one with the same host. */
    void putHost(HostRule rule, String actor, Consumer<Answer<HostRule>> done);

    /** Removes the rule of a host; unknown if there is none. */
    void removeHost(String host, String actor, Consumer<Answer<HostRule>> done);

    /** All pauses in force. */
    void pauses(Consumer<Answer<List<PauseRule>>> done);

    /** Stops pushing what the rule covers; answers with all rules in force. */
    void pause(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done);

    /** Lifts exactly this rule; answers with all rules in force; unknown if it is not in force. */
    void resume(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done);

    /** Refuses new tasks from now on; has no effect when repeated. */
    void drain(String actor);

    /** Reads the configuration anew; unknown if nobody can. */
    void reload(String actor, Consumer<Answer<Reload.Result>> done);

    /** Where the engine stands. */
    EngineState state();

    /** Why the engine should get no new work, for people; empty = ready. */
    List<String> unreadiness();

    /** How the limits of a caller stand, and those of a host; null = no host's. */
    void quota(Caller caller, @Nullable String host, Consumer<Answer<List<Allowance.State>>> done);

    /** The figures of this engine for a monitoring system. */
    List<Metric> metrics();

    /** The figures of this engine at this moment. */
    StatsSnapshot stats();

    /** Every answer of the engine. */
    sealed interface Answer<T> {
        /** What was asked for. */
        record Value<T>(T value) implements Answer<T> {}

        /** No such task, device, host or rule. */
        record Unknown<T>() implements Answer<T> {}

        /**
         * Another engine's task.
         *
         * @param owner who has it, by the store's word
         * @param stored the answer from the store, for when the owner does not answer
         */
        record Elsewhere<T>(EngineEpoch owner, Answer<T> stored) implements Answer<T> {}

        /**
         * Not now.
         *
         * @param cause what stands in the way
         * @param retryAfterSeconds when to try again, at least 1
         */
        record Unavailable<T>(Cause cause, int retryAfterSeconds) implements Answer<T> {}
    }

    /** What stands in the way of an answer. */
    enum Cause {
        /** Too much is waiting. */
        OVERLOADED,
        /** The caller used up a limit of its own. */
        LIMITED,
        /** The engine takes no new tasks. */
        DRAINING,
        /** The store is away. */
        STORE_DOWN,
        /** Not started yet, or stopped. */
        NOT_RUNNING
    }

    /**
     * A task on its way in.
     *
     * @param task what is asked
     * @param idempotency the submitter's name for it; null = none
     * @param caller who asks
     */
    record Submission(RefreshTask task, @Nullable IdempotencyKey idempotency, Caller caller) {}

    /** What became of a submission. */
    sealed interface SubmitResult {
        /**
         * In.
         *
         * @param isDurable false only when the engine is configured to keep tasks in memory
         * @param tightest the submitter's limit with the least left; null = none
         */
        record Accepted(TaskId id, int targets, boolean isDurable, Allowance.@Nullable State tightest)
                implements SubmitResult {}

        /** A limit has no room; nothing was charged. */
        record Limited(Allowance.State limit) implements SubmitResult {}

        /** The same submission was accepted before. */
        record Replayed(TaskId id, Instant acceptedAt, int targets) implements SubmitResult {}

        /** The idempotency key was used with another body. */
        record KeyReused(TaskId original) implements SubmitResult {}

        /** The first use of the idempotency key is still being accepted. */
        record InProgress() implements SubmitResult {}

        /** The scope holds no device. */
        record NoDevices() implements SubmitResult {}

        /** {@code after} names no task. */
        record UnknownAfter(TaskId after) implements SubmitResult {}

        /** No device in scope can do this; {@code reason} for people. */
        record NotCapable(String reason) implements SubmitResult {}
    }

    /**
     * What a task would do.
     *
     * @param devices the devices that it would go to
     * @param keys the texts that the caches would be asked with, by target; several where the host's rule asks for it
     */
    record DryRun(List<Device> devices, List<List<String>> keys) {}

    /**
     * A task as shown.
     *
     * @param task what was asked
     * @param progress where it stands
     * @param stages when it reached which stage ({@code accepted}, {@code running}, …), in that order
     * @param asOf when this was read, if it did not come from the task's owner; null = it is current
     */
    record TaskView(
            RefreshTask task,
            TaskProgress progress,
            Map<String, Instant> stages,
            @Nullable Instant asOf) {}

    /**
     * What is waited for.
     *
     * @param isAppliedEnough whether PURGED counts (until=applied), or only the asked verify level (until=verified)
     * @param quorumPercent more than 0, at most 100
     * @param isOfServing whether the quorum is of the serving devices, or of all
     * @param group only the devices of this group; null = all
     */
    record WaitGoal(
            boolean isAppliedEnough,
            double quorumPercent,
            boolean isOfServing,
            @Nullable String group) {}

    /**
     * A wish to be told.
     *
     * @param id the task
     * @param goal what of it is waited for
     * @param timeout 0 = answer at once
     */
    record WaitQuery(TaskId id, WaitGoal goal, Duration timeout) {}

    /** What came of waiting; {@code tally} counts the devices that were asked about. */
    record WaitResult(Verdict verdict, TaskProgress progress, Tally tally) {}

    /** How waiting ended. */
    enum Verdict {
        REACHED,
        NOT_YET,
        IMPOSSIBLE
    }

    /** Which part of a long answer. */
    record PageRequest(long from, int limit) {}

    /** A part of a long answer; {@code next} is where the next one starts, −1 at the end. */
    record Page<T>(List<T> rows, long next) {}

    /**
     * One device of a task.
     *
     * @param device the device
     * @param outcome the outcome of every target that is not in {@code exceptions}
     * @param exceptions targets with another outcome or with a reason, by rising index
     * @param isOwed whether the device still owes the task something
     */
    record DeviceRow(Device device, Outcome outcome, List<TargetResult> exceptions, boolean isOwed) {}

    /** One target on one device; {@code result.target()} is its index. */
    record TargetRow(Target target, TargetResult result) {}

    /** What became of a cancellation. */
    enum CancelResult {
        CANCELLING,
        ALREADY_CANCELLED,
        ALREADY_FINAL
    }

    /**
     * A task that covered a URL.
     *
     * @param view the task
     * @param appliedOn ids of devices that applied it; the API shows the first 100
     */
    record Coverage(TaskView view, List<String> appliedOn) {}

    /**
     * A device as shown.
     *
     * @param device what the registry knows
     * @param isConnected whether it has a link
     * @param isReady whether it last said that it serves clients
     * @param isCaughtUp whether it has done what it owed before its link
     * @param isSlow whether it answers so badly that it has smaller limits and nobody waits for it
     * @param underWay targets that it was sent and has not answered
     * @param behind commands of this engine that it has not finally reported
     * @param parked commands in its offline queue
     * @param lagMillis how old the oldest is that it has not finally reported; 0 = it owes nothing
     * @param cachesDown caches that it says do not answer
     * @param needsWipe caches that it says have to be wiped
     */
    record DeviceView(
            Device device,
            boolean isConnected,
            boolean isReady,
            boolean isCaughtUp,
            boolean isSlow,
            long underWay,
            long behind,
            long parked,
            long lagMillis,
            int cachesDown,
            int needsWipe) {}

    /** What an operator says about a device: ONLINE, OFFLINE or MAINTENANCE; {@code until} null = until told. */
    record StateChange(
            DeviceState state, String reason, @Nullable Instant until) {
        /** How long it counts; null = until something happens. */
        Device.@Nullable Hold hold() {
            return state == DeviceState.ONLINE ? null : new Device.Hold(reason, until);
        }
    }
}
