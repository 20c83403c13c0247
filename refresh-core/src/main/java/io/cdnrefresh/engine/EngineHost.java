// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.stats.RateMeter;
import io.cdnrefresh.stats.StatsRegistry;
import io.cdnrefresh.stats.StatsSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The engine as its API and its embedder see it; "not running" before it has its claim and after its stop. Thread-safe.
 */
public final class EngineHost implements EngineOperations {
    private static final Answer.Unavailable<?> NOT_RUNNING = new Answer.Unavailable<>(Cause.NOT_RUNNING, 1);
    private final EngineSetup setup;
    private final EngineLifecycle lifecycle;
    private final StatsRegistry stats;
    private final Rester rester;
    private final FleetFigures fleet;
    private final EngineMetrics metrics;
    private final Reloads reloads;

    /** Puts an engine together; nothing runs yet. */
    public EngineHost(EngineSetup setup) {
        this(setup, true);
    }

    private EngineHost(EngineSetup setup, boolean hasThreads) {
        this.setup = setup;
        stats = new StatsRegistry(setup.clock()::nanos);
        RateMeter reportMeter = stats.meter(EngineStats.QPS_PROXY);
        lifecycle = new EngineLifecycle(setup, stats, reportMeter, hasThreads);
        fleet = new FleetFigures(setup, lifecycle);
        rester = new Rester(
                this,
                ApiLimits.DEFAULTS,
                setup.clock(),
                setup.options().version(),
                lifecycle.workers().background(),
                stats.meter(EngineStats.QPS_BOSS),
                lifecycle.relay(),
                new AccessControl(setup, lifecycle));
        reloads = new Reloads(lifecycle);
        metrics = new EngineMetrics(lifecycle, this::stats);
        rester.listenTo(lifecycle.events());
        rester.tellOf(lifecycle.workers().callbackDesk());
    }

    /** An engine without threads of its own: nothing moves but in {@link #runPending}. The same stages in the same order. */
    public static EngineHost withoutThreads(EngineSetup setup) {
        return new EngineHost(setup, false);
    }

    /** Does all that can be done now, on the caller's thread; only for an engine without threads. */
    public void runPending() {
        lifecycle.runPending();
    }

    EngineLifecycle life() {
        return lifecycle;
    }

    /** The API without HTTP. */
    public ApiEndpoint api() {
        return rester;
    }

    /** Starts; see {@code RefreshEngine.start}. */
    public void start() {
        lifecycle.start();
    }

    /** Stops front to back; what was left undone by stage. */
    public Map<String, Integer> shutdown(Duration deadline) {
        return lifecycle.shutdown(deadline);
    }

    /** Where events come from, and pools are resized. */
    public EventBus events() {
        return lifecycle.events();
    }

    /** Hands a task in as an embedder does. */
    public CompletionStage<Ticket> submit(RefreshTask task) {
        return new EmbedderDoor(lifecycle).submit(task);
    }

    /**
     * A task that is in.
     *
     * @param id its id
     * @param completion completed by its final state
     */
    public record Ticket(TaskId id, CompletionStage<TaskProgress> completion) {}

    @Override
    public void submit(Submission submission, Consumer<Answer<SubmitResult>> done) {
        EngineCore core = lifecycle.core();
        if (core == null || lifecycle.state() != EngineState.SERVING) {
            Cause cause = lifecycle.state() == EngineState.DRAINING ? Cause.DRAINING : Cause.NOT_RUNNING;
            metrics.shed().watch(done).accept(new Answer.Unavailable<>(cause, 1));
            return;
        }
        Consumer<Answer<SubmitResult>> told =
                lifecycle.audits().ofSubmission(submission, metrics.shed().watch(done));
        TaskId after = submission.task().options().after();
        if (after == null) {
            core.intake.submit(submission, id -> {}, told);
            return;
        }
        core.reads.exists(after, submission.task().tenant(), found -> {
            Answer<Boolean> known = found instanceof Answer.Elsewhere<Boolean> other ? other.stored() : found;
            if (known instanceof Answer.Unknown) {
                done.accept(new Answer.Value<>(new SubmitResult.UnknownAfter(after)));
            } else if (found instanceof Answer.Unavailable<Boolean> not) {
                done.accept(new Answer.Unavailable<>(not.cause(), not.retryAfterSeconds()));
            } else {
                core.intake.submit(submission, id -> {}, told);
            }
        });
    }

    @Override
    public void dryRun(RefreshTask task, Consumer<Answer<DryRun>> done) {
        with(done, core -> core.intake.dryRun(task, done));
    }

    @SuppressWarnings("unchecked") // the refusal carries no value
    private <T> void with(Consumer<Answer<T>> done, Consumer<EngineCore> call) {
        EngineCore core = lifecycle.core();
        if (core == null || lifecycle.state() == EngineState.STOPPED) {
            done.accept((Answer<T>) NOT_RUNNING);
        } else {
            call.accept(core);
        }
    }

    @Override
    public void find(TaskId id, Consumer<Answer<TaskView>> done) {
        with(done, core -> core.reads.find(id, done));
    }

    @Override
    public void await(WaitQuery query, Consumer<Answer<WaitResult>> done) {
        with(done, core -> core.reads.await(query, done));
    }

    @Override
    public void standing(TaskFilter filter, WaitGoal goal, int limit, Consumer<Answer<List<WaitResult>>> done) {
        with(done, core -> core.reads.standing(filter, goal, limit, done));
    }

    @Override
    public void deviceResults(
            TaskId id, @Nullable Outcome only, PageRequest page, Consumer<Answer<Page<DeviceRow>>> done) {
        with(done, core -> core.reads.deviceResults(id, only, page, done));
    }

    @Override
    public void targetResults(
            TaskId id, String device, @Nullable Outcome only, Consumer<Answer<List<TargetRow>>> done) {
        with(done, core -> core.reads.targetResults(id, device, only, done));
    }

    @Override
    public void cancel(TaskId id, String actor, Consumer<Answer<CancelResult>> done) {
        with(done, core -> core.reads.cancel(id, lifecycle.audits().ofCancellation(id, actor, core.reads, done)));
    }

    private <T> Consumer<Answer<T>> audited(
            String actor, String action, String subject, String detail, Consumer<Answer<T>> done) {
        return answer -> {
            if (answer instanceof Answer.Value) {
                lifecycle.audits().add(actor, "", action, subject, detail);
            }
            done.accept(answer);
        };
    }

    @Override
    public void list(TaskFilter filter, PageRequest page, Consumer<Answer<Page<TaskView>>> done) {
        with(done, core -> core.reads.list(filter, page, done));
    }

    @Override
    public void explain(
            Target url,
            @Nullable String tenant,
            @Nullable Instant since,
            int limit,
            Consumer<Answer<List<Coverage>>> done) {
        with(done, core -> core.reads.explain(url, tenant, since, limit, done));
    }

    @Override
    public void devices(Consumer<Answer<List<DeviceView>>> done) {
        with(done, core -> new DeviceViews(lifecycle.devices(), core).all(done));
    }

    @Override
    public void putDevice(String id, String group, String tier, String actor, Consumer<Answer<Device>> done) {
        var seen = new RegistryChange.DeviceSeen(
                id, group, tier, "", DeviceState.OFFLINE, setup.clock().now());
        change(seen, id, audited(actor, "device.put", id, group + " " + tier, done));
    }

    @Override
    public void setDeviceState(String id, StateChange change, String actor, Consumer<Answer<Device>> done) {
        var moved =
                new RegistryChange.DeviceHeld(id, change.state(), setup.clock().now(), change.hold());
        change(moved, id, audited(actor, "device.state", id, change.state() + " " + change.reason(), done));
    }

    @Override
    public void removeDevice(String id, String actor, Consumer<Answer<Device>> done) {
        var moved = new RegistryChange.DeviceHeld(
                id, DeviceState.REMOVED, setup.clock().now(), null);
        change(moved, id, audited(actor, "device.remove", id, "", answer -> {
            EngineCore core = lifecycle.core();
            if (core != null && answer instanceof Answer.Value<Device> device) {
                int ordinal = device.value().ordinal();
                setup.transport().disconnect(ordinal, "removed");
                for (Lane lane : core.lanes) {
                    lane.queue().put(l -> l.forget(ordinal));
                }
                // what is parked comes into memory, where it is forgiven
                core.delay.joined(id);
            }
            done.accept(answer);
        }));
    }

    private void change(RegistryChange change, String id, Consumer<Answer<Device>> done) {
        change(
                change,
                view -> {
                    Device device = view.device(id);
                    return device == null ? new Answer.Unknown<>() : new Answer.Value<>(device);
                },
                done);
    }

    private <T> void change(RegistryChange change, Function<RegistryView, Answer<T>> answer, Consumer<Answer<T>> done) {
        with(done, core -> lifecycle.devices().change(List.of(change), answer, done));
    }

    @Override
    public void hosts(Consumer<Answer<List<HostRule>>> done) {
        with(
                done,
                core -> done.accept(
                        new Answer.Value<>(lifecycle.devices().view().hosts())));
    }

    @Override
    public void putHost(HostRule rule, String actor, Consumer<Answer<HostRule>> done) {
        change(
                new RegistryChange.HostPut(rule),
                view -> new Answer.Value<>(rule),
                audited(actor, "host.put", rule.host(), "", done));
    }

    @Override
    public void removeHost(String host, String actor, Consumer<Answer<HostRule>> done) {
        HostRule known = lifecycle.devices().view().hosts().stream()
                .filter(rule -> rule.host().equals(host))
                .findFirst()
                .orElse(null);
        if (known == null) {
            done.accept(new Answer.Unknown<>());
            return;
        }
        change(
                new RegistryChange.HostRemoved(host),
                view -> new Answer.Value<>(known),
                audited(actor, "host.remove", host, "", done));
    }

    @Override
    public void pauses(Consumer<Answer<List<PauseRule>>> done) {
        with(done, core -> done.accept(pausesOf(lifecycle.devices().view())));
    }

    private static Answer<List<PauseRule>> pausesOf(RegistryView view) {
        return new Answer.Value<>(view.pauses().rules());
    }

    @Override
    public void quota(Caller caller, @Nullable String host, Consumer<Answer<List<Allowance.State>>> done) {
        with(done, core -> done.accept(new Answer.Value<>(core.limiter.quota(caller, host))));
    }

    @Override
    public void pause(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done) {
        change(new RegistryChange.PausePut(rule), EngineHost::pausesOf, audited(actor, "pause", rule.text(), "", done));
    }

    @Override
    public void resume(PauseRule rule, String actor, Consumer<Answer<List<PauseRule>>> done) {
        if (!lifecycle.devices().view().pauses().rules().contains(rule)) {
            with(done, core -> done.accept(new Answer.Unknown<>()));
            return;
        }
        change(
                new RegistryChange.PauseRemoved(rule),
                EngineHost::pausesOf,
                audited(actor, "resume", rule.text(), "", done));
    }

    @Override
    public void drain(String actor) {
        lifecycle.drain();
        lifecycle.audits().add(actor, "", "engine.drain", "engine", "");
    }

    @Override
    public void reload(String actor, Consumer<Answer<Reload.Result>> done) {
        reloads.run(actor, done);
    }

    /** How the configuration is read anew. */
    public void onReload(Reload way) {
        reloads.way(way);
    }

    /** Uses other limits from now on; false: not yet, the engine has no claim. */
    public boolean update(IntakeLimits limits, FlowLimits flow) {
        EngineCore core = lifecycle.core();
        return core != null && core.update(limits, flow);
    }

    @Override
    public EngineState state() {
        return lifecycle.state();
    }

    @Override
    public List<String> unreadiness() {
        return lifecycle.unreadiness();
    }

    @Override
    public FleetView fleet() {
        return fleet.view();
    }

    @Override
    public List<Metric> metrics() {
        return metrics.metrics();
    }

    /** Who holds which lock, and who waits. */
    public List<String> locks() {
        return lifecycle.watchdog().locks();
    }

    /** Every queue and map with its bound and its growth. */
    public List<String> sizes() {
        return lifecycle.watchdog().sizes();
    }

    /** Adds figures to those of the engine. */
    public void addMetrics(MetricSource source) {
        metrics.add(source);
    }

    @Override
    public StatsSnapshot stats() {
        return stats.snapshot(setup.clock().now());
    }
}
