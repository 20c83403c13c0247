// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.stats.StatsRegistry;
import io.cdnrefresh.stats.StatsSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives one prepared answer to whatever is asked, and keeps what was asked. */
final class RecordingOperations implements EngineOperations {
    final List<@Nullable Object> asked = new ArrayList<>();

    @Nullable
    Answer<?> answer;

    private @Nullable DryRun plan;

    EngineState state = EngineState.SERVING;
    List<String> unreadiness = List.of();
    Reload.@Nullable Result reload;
    StatsRegistry stats = new StatsRegistry(() -> 0);
    FleetView fleet = FleetView.EMPTY;

    /** The next answer. */
    /** What dry runs answer, whatever else is prepared. */
    void plan(DryRun run) {
        plan = run;
    }

    void give(Object value) {
        answer = new Answer.Value<>(value);
    }

    @SuppressWarnings("unchecked") // the test prepares what it asks for
    private <T> void reply(Consumer<Answer<T>> done, @Nullable Object... question) {
        asked.clear();
        asked.addAll(Arrays.asList(question));
        Answer<?> prepared = answer;
        if (prepared == null) {
            throw new IllegalStateException("io.cdnrefresh.secret failure");
        }
        done.accept((Answer<T>) prepared);
    }

    Submission submission() {
        return (Submission) asked.get(1);
    }

    RefreshTask task() {
        return submission().task();
    }

    @Override
    public void submit(Submission submission, Consumer<Answer<SubmitResult>> done) {
        reply(done, "submit", submission);
    }

    @Override
    public void dryRun(RefreshTask task, Consumer<Answer<DryRun>> done) {
        DryRun prepared = plan;
        if (prepared == null) {
            reply(done, "dryRun", task);
        } else {
            done.accept(new Answer.Value<>(prepared));
        }
    }

    @Override
    public void find(TaskId id, Consumer<Answer<TaskView>> done) {
        reply(done, "find", id);
    }

    @Override
    public void await(WaitQuery query, Consumer<Answer<WaitResult>> done) {
        reply(done, "await", query);
    }

    @Override
    public void standing(TaskFilter filter, WaitGoal goal, int limit, Consumer<Answer<List<WaitResult>>> done) {
        reply(done, "standing", filter, goal, limit);
    }

    @Override
    public void deviceResults(
            TaskId id, @Nullable Outcome only, PageRequest page, Consumer<Answer<Page<DeviceRow>>> done) {
        reply(done, "deviceResults", id, only, page);
    }

    @Override
    public void targetResults(
            TaskId id, String device, @Nullable Outcome only, Consumer<Answer<List<TargetRow>>> done) {
        reply(done, "targetResults", id, device, only);
    }

    @Override
    public void cancel(TaskId id, String actor, Consumer<Answer<CancelResult>> done) {
        reply(done, "cancel", id, actor);
    }

    @Override
    public void list(TaskFilter filter, PageRequest page, Consumer<Answer<Page<TaskView>>> done) {
        reply(done, "list", filter, page);
    }

    @Override
    public void explain(
            Target url,
            @Nullable String tenant,
            @Nullable Instant since,
            int limit,
            Consumer<Answer<List<Coverage>>> done) {
        reply(done, "explain", url, String.valueOf(since), limit);
    }

    @Override
    public void devices(Consumer<Answer<List<DeviceView>>> done) {
        reply(done, "devices");
    }

    @Override
    public void putDevice(String id, String group, String tier, String actor, Consumer<Answer<Device>> done) {
        reply(done, "putDevice", id, group, tier, actor);
    }

    @Override
    public void setDeviceState(String id, StateChange change, String actor, Consumer<Answer<Device>> done) {
        reply(done, "setDeviceState", id, change, actor);
    }

    @Override
    public void removeDevice(String id, String actor, Consumer<Answer<Device>> done) {
        reply(done, "removeDevice", id, actor);
    }

    @Override
    public void hosts(Consumer<Answer<List<HostRule>>> done) {
        reply(done, "hosts");
    }

    @Override
    public void putHost(HostRule rule, String actor, Consumer<Answer<HostRule>> done) {
        reply(done, "putHost", rule, actor);
    }

    @Override
    public void removeHost(String host, String actor, Consumer<Answer<HostRule>> done) {
        reply(done, "removeHost", host, actor);
    }

    @Override
    public void pauses(Consumer<Answer<List<PauseRule>>> done) {
        reply(done, "pauses");
    }

    @Override
    public void pause(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done) {
        reply(done, "pause", rule, actor);
    }

    @Override
    public void resume(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done) {
        reply(done, "resume", rule, actor);
    }

    @Override
    public void drain(String actor) {
        asked.clear();
        asked.addAll(List.of("drain", actor));
    }

    @Override
    public void quota(Caller caller, @Nullable String host, Consumer<Answer<List<Allowance.State>>> done) {
        reply(done, "quota", caller.tenant(), String.valueOf(host));
    }

    @Override
    public EngineState state() {
        return state;
    }

    @Override
    public List<String> unreadiness() {
        return unreadiness;
    }

    @Override
    public FleetView fleet() {
        return fleet;
    }

    @Override
    public void reload(String actor, Consumer<Answer<Reload.Result>> done) {
        Reload.Result made = reload;
        done.accept(made == null ? new Answer.Unknown<>() : new Answer.Value<>(made));
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Metric.gauge("refresh_devices", "Devices.", 3));
    }

    @Override
    public StatsSnapshot stats() {
        return stats.snapshot(Instant.ofEpochMilli(1_795_345_200_123L));
    }
}
