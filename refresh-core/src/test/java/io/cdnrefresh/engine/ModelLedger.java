// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.DeviceResults;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a model was asked, promised and saw, and what of it must never be. One thread. */
final class ModelLedger {
    private static final int LOG_LINES = Integer.getInteger("refresh.model.lines", 120);

    final List<String> violations = new ArrayList<>();
    private final ArrayDeque<String> log = new ArrayDeque<>();
    private final Map<String, Job> byTrace = new LinkedHashMap<>();
    private final Map<Long, Job> byId = new HashMap<>();
    private final Map<Long, Seen> rows = new HashMap<>();
    private final Map<String, List<Duty>> duties = new HashMap<>();
    final Set<Job> unfinished = new java.util.LinkedHashSet<>();
    /** The epoch that holds the claim. */
    private long epoch;

    /** Rises with everything that happens. */
    private long moment;

    int step;

    /** One submission. */
    static final class Job {
        final RefreshTask task;
        final Set<String> devices;
        final DeviceSet ordinals;
        final long askedAt;
        long acknowledgedAt;

        @Nullable
        TaskId id;

        boolean isCancelAsked;
        /** A cancellation was answered. */
        boolean isCancelled;

        /** Where it was done: perhaps before a repeated submission was answered. */
        final Set<String> executed = new HashSet<>();

        /** The life of the engine that told of it last; 0 = none has, and whether that one told of the settlement. */
        long toldIn;

        boolean isSettledToldNow;
        boolean isSettledTold;

        Job(RefreshTask task, Set<String> devices, DeviceSet ordinals, long askedAt) {
            this.task = task;
            this.devices = devices;
            this.ordinals = ordinals;
            this.askedAt = askedAt;
        }

        boolean isOrdered() {
            return task.kind().isRefresh()
                    && task.options().notBefore() == null
                    && task.options().after() == null;
        }

        boolean covers(String url) {
            for (Target target : task.targets()) {
                boolean covers =
                        task.kind() == TaskKind.PREFIX ? url.startsWith(target.wire()) : url.equals(target.wire());
                if (covers) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String toString() {
            return task.trace() + " " + task.kind() + " " + task.targets() + " id=" + id + " devices=" + devices;
        }
    }

    /** A target that a device has to refresh before it may preload what was asked for later. */
    private record Duty(Job job, Target target) {}

    /** A row as it was last seen. */
    private record Seen(TaskRow row, long pending, long applied, long life) {}

    long tick() {
        return ++moment;
    }

    void log(String line) {
        log.add(step + " " + line);
        if (log.size() > LOG_LINES) {
            log.remove();
        }
    }

    void violated(String what) {
        violations.add("step " + step + ": " + what);
    }

    String story() {
        return String.join("\n", log);
    }

    long epoch() {
        return epoch;
    }

    void onClaim(EngineEpoch claimed) {
        epoch = claimed.epoch();
    }

    void asked(Job job) {
        byTrace.put(job.task.trace(), job);
    }

    @Nullable
    Job find(String trace) {
        return byTrace.get(trace);
    }

    void acknowledged(Job job, TaskId id) {
        if (job.id != null && !job.id.equals(id)) {
            violated("accepted twice, as " + job.id + " and " + id + ": " + job);
        }
        job.id = id;
        byId.put(id.value(), job);
        if (job.acknowledgedAt != 0) {
            return;
        }
        job.acknowledgedAt = tick();
        Seen seen = rows.get(id.value());
        if (seen == null || !seen.row.status().state().isFinal()) {
            unfinished.add(job);
        }
        boolean isOver = seen != null && seen.row.status().isSettled();
        if (job.isOrdered() && !isOver) {
            for (String device : job.devices) {
                List<Duty> ofDevice = duties.computeIfAbsent(device, name -> new ArrayList<>());
                for (Target target : job.task.targets()) {
                    if (!job.executed.contains(device + target.wire())) {
                        ofDevice.add(new Duty(job, target));
                    }
                }
            }
        }
    }

    /** Whether every task that was acknowledged is in the store, or was settled and has been retired. */
    void checkAcknowledged(ModelStore store) {
        for (Job job : byId.values()) {
            TaskId id = job.id;
            if (id == null || job.acknowledgedAt == 0 || store.memory.find(id).isPresent()) {
                continue;
            }
            Seen seen = rows.get(id.value());
            if (seen == null || !seen.row.status().isSettled()) {
                violated("acknowledged and lost: " + job);
            }
        }
    }

    void onFenced(EngineEpoch caller) {
        if (caller.epoch() == epoch) {
            violated("the engine that holds the claim is fenced: " + caller);
        }
    }

    void onWritten(EngineEpoch caller) {
        if (caller.epoch() != epoch) {
            violated("a fenced engine wrote: " + caller + ", the claim is " + epoch);
        }
    }

    /** A row after a commit that may have changed it. */
    void onRow(TaskRow row) {
        Job job = byTrace.get(row.task().trace());
        long pending = row.status().counts().of(Outcome.PENDING)
                + row.status().counts().of(Outcome.PARKED);
        Seen now = new Seen(row, pending, applied(row), epoch);
        Seen before = rows.put(row.id().value(), now);
        checkRow(row, job, pending);
        if (before != null) {
            compare(before, now);
        }
        if (row.status().state().isFinal()) {
            if (before != null && before.row.status().state().isFinal()) {
                rows.put(row.id().value(), new Seen(row, pending, now.applied, before.life));
            }
            unfinished.remove(job);
        }
        if (job != null && job.id == null) {
            job.id = row.id();
            byId.put(row.id().value(), job);
        }
    }

    private static long applied(TaskRow row) {
        long applied = 0;
        for (Outcome outcome : Outcome.values()) {
            applied += outcome.isApplied() ? row.status().counts().of(outcome) : 0;
        }
        return applied;
    }

    private void checkRow(TaskRow row, @Nullable Job job, long pending) {
        long pairs = (long) row.devices().size() * row.task().targets().size();
        if (row.status().counts().total() != pairs) {
            violated("outcomes " + row.status().counts() + " are not those of " + pairs + " pairs: " + job);
        }
        if (job != null && !job.ordinals.equals(row.devices())) {
            violated("devices " + row.devices() + " (expected: " + job.ordinals + "): " + job);
        }
        if (row.status().state().isFinal() && pending > 0) {
            violated("final with " + pending + " pending: " + job);
        }
        if (row.status().results().length > 0) {
            DeviceResults results = DeviceResults.fromBytes(
                    row.devices(), row.task().targets().size(), row.status().results());
            if (!results.counts().equals(row.status().counts())) {
                violated("counts " + row.status().counts() + " are not the results' " + results.counts());
            }
        }
    }

    private void compare(Seen before, Seen now) {
        var old = before.row.status();
        var status = now.row.status();
        String what = now.row.id() + " " + old.state() + " " + old.counts() + " v" + old.version() + " -> "
                + status.state() + " " + status.counts() + " v" + status.version();
        if (old.state().isFinal()) {
            if (status.state() != old.state() || !java.util.Objects.equals(status.finalAt(), old.finalAt())) {
                violated("final did not stay final: " + what);
            }
            if (now.applied < before.applied || status.owed() > old.owed()) {
                violated("progress went back after the end: " + what);
            }
        }
        if (now.pending > before.pending || status.step() < old.step() || status.version() < old.version()) {
            violated("progress went back: " + what);
        }
        if (old.state() == TaskState.RUNNING && status.state() == TaskState.SCHEDULED) {
            violated("progress went back: " + what);
        }
    }

    /** The listener is told by a life. */
    void onCompletion(long life, TaskProgress progress) {
        Job job = byId.get(progress.id().value());
        if (job == null) {
            return;
        }
        log("completion " + progress.id() + " " + progress.state());
        Seen seen = rows.get(progress.id().value());
        if (seen == null || seen.row.status().state() != progress.state()) {
            violated("told of " + progress.state() + " before it was committed: " + job);
        }
        if (life != epoch) {
            return; // a fenced life tells late what it has committed, which the next may have told already
        }
        boolean isSettled = progress.settledAt() != null;
        if (job.toldIn == epoch && (job.isSettledToldNow || !isSettled)) {
            violated("completion told twice by one life: " + job);
        }
        job.isSettledToldNow = isSettled || job.toldIn == epoch && job.isSettledToldNow;
        job.toldIn = epoch;
        job.isSettledTold |= isSettled;
    }

    /** A command goes out to a device. */
    void onSent(String device, Command command) {
        log("sent " + device + " " + command.task().trace() + " step " + command.step());
        Job job = byTrace.get(command.task().trace());
        if (job != null && !job.devices.contains(device)) {
            violated("sent outside its scope to " + device + ": " + job);
        }
    }

    /** A device asks its cache for a target of a task. */
    @Nullable
    Job onCall(String device, String trace, Target target) {
        Job job = byTrace.get(trace);
        if (job == null) {
            violated("call for an unknown task: " + trace);
        } else if (!job.devices.contains(device) || !job.task.targets().contains(target)) {
            violated("outside its scope: " + target + " on " + device + " for " + job);
        }
        return job;
    }

    /** A purge was done or has failed: how often it is tried is the proxy's. {@code begunAt}: when the cache was asked. */
    void onPurged(String device, Job done, Target target, long begunAt) {
        boolean isPrefix = done.task.kind() == TaskKind.PREFIX;
        done.executed.add(device + target.wire());
        duties.getOrDefault(device, new ArrayList<>())
                .removeIf(duty -> duty.job == done && duty.target.equals(target)
                        || duty.job.acknowledgedAt < begunAt
                                && (duty.target.equals(target)
                                        || isPrefix && duty.target.wire().startsWith(target.wire())));
    }

    /** A preload begins. */
    void onPreload(String device, Job preload, String url) {

        for (Duty duty : duties.getOrDefault(device, List.of())) {
            boolean isEarlier = duty.job.acknowledgedAt < preload.askedAt;
            if (isEarlier && !duty.job.isCancelAsked && duty.job.covers(url)) {
                violated("on " + device + " a preload passes a refresh: " + preload + " passes " + duty.job);
            }
        }
    }

    /** A proxy says what became of a command. */
    @Nullable
    Job onReport(String device, Report report) {
        Job job = byId.get(report.task().value());
        if (job != null && report.isFinal()) {
            duties.getOrDefault(device, new ArrayList<>()).removeIf(duty -> duty.job == job);
        }
        return job;
    }

    static boolean isOwed(Report report) {
        boolean isOwed = report.outcome().isOwed();
        for (TargetResult result : report.exceptions()) {
            isOwed |= result.outcome().isOwed();
        }
        return isOwed;
    }

    boolean isAllSettled() {
        for (Job job : byId.values()) {
            Seen seen = job.id == null ? null : rows.get(job.id.value());
            if (job.acknowledgedAt != 0 && (seen == null || !seen.row.status().isSettled())) {
                return false;
            }
        }
        return true;
    }

    /** Nothing is under way: every promise must be kept by now. */
    void checkAtRest(List<ModelNode> nodes) {
        for (Job job : byId.values()) {
            TaskId id = job.id;
            if (id == null || job.acknowledgedAt == 0) {
                continue;
            }
            Seen seen = rows.get(id.value());
            if (seen == null || !seen.row.status().isSettled()) {
                violated("not settled at rest: " + job + " "
                        + (seen == null
                                ? "no row"
                                : seen.row.status().state() + " "
                                        + seen.row.status().counts()));
                continue;
            }
            TaskState state = seen.row.status().state();
            if (!job.isSettledTold) {
                violated("completion never told: " + job);
            }
            if (job.isCancelled && state != TaskState.CANCELLED) {
                violated("cancelled, and ended " + state + ": " + job);
            }
            boolean isWithdrawn = seen.row.status().counts().of(Outcome.CANCELLED) > 0;
            if (job.task.kind().isRefresh() && !isWithdrawn) {
                nodes.stream().filter(node -> job.devices.contains(node.id)).forEach(node -> node.checkGone(job));
            }
        }
        Iterator<Long> ids = new TreeSet<>(rows.keySet()).iterator();
        ids.forEachRemaining(rows::remove);
        byTrace.clear();
        byId.clear();
        duties.clear();
        unfinished.clear();
    }
}
