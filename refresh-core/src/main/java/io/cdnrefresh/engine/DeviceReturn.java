// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.ParkedWindow.Group;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device on its way back: its queue is read window by window, made small ({@link ParkedWindow}), sent with a bounded
 * number of commands under way, and what a command did is written into every task that it stood for.
 *
 * <p>Works in short steps on query threads, one at a time; reports come from the lanes. Until the end nothing is lost
 * with this object: an entry is acknowledged when its task is back in memory, and the rows say what is owed.
 */
final class DeviceReturn {
    private static final Logger logger = LoggerFactory.getLogger(DeviceReturn.class);
    private static final int DRAIN_LIMIT = 2_000;
    private static final int PAGE = 500;
    private static final int UNDER_WAY = 2_000;
    private static final long SILENT_NANOS = 60_000_000_000L;

    private final DelayControl home;
    private final Device device;
    private final long sinceNanos;
    private final AtomicInteger wakes = new AtomicInteger();
    private final ReturnReports reports = new ReturnReports();

    private volatile @Nullable List<Entry> arrived;
    private volatile boolean isOver;
    private volatile boolean isTickDue;

    // confined to the step
    private ParkedWindow window;
    private Map<Group, List<Group>> coveredBy = Map.of();
    private final ArrayDeque<Group> toSend = new ArrayDeque<>();
    private final Map<Long, List<Group>> underWay = new HashMap<>();
    private final ParkedShares shares = new ParkedShares();
    private final List<Entry> done = new ArrayList<>();
    /** Of entries with another step than 0. */
    private final Map<Long, Integer> steps = new HashMap<>();
    /** Different ones, since the device is back. */
    private final Map<String, Integer> targetsByTenant = new HashMap<>();

    private Phase phase = Phase.COLLECTING;
    private long collapses;
    /** When the device has answered last, or the first command went out. */
    private long heardNanos;

    private final AtomicLong tasks = new AtomicLong();
    private final AtomicLong commands = new AtomicLong();

    DeviceReturn(DelayControl home, Device device) {
        this.home = home;
        this.device = device;
        sinceNanos = home.clock().nanos();
        heardNanos = sinceNanos;
        window = new ParkedWindow(home::hasForms);
    }

    private enum Phase {
        COLLECTING,
        /** Waits for the queue's answer. */
        ASKING,
        SENDING,
        ENDING
    }

    Device device() {
        return device;
    }

    /** Runs a step soon. Any thread. */
    void wake() {
        if (wakes.getAndIncrement() == 0) {
            schedule();
        }
    }

    private void schedule() {
        if (!isOver && !home.run(this::run)) {
            home.giveUp(this, "the engine is busy");
        }
    }

    private void run() {
        int seen = wakes.get();
        if (!isOver) {
            try {
                step();
            } catch (StoreException e) {
                home.giveUp(this, String.valueOf(e.getMessage()));
            }
        }
        if (wakes.addAndGet(-seen) != 0) {
            schedule();
        }
    }

    /** The device has given its final report on a task. A lane's thread. */
    void reported(Report report) {
        if (reports.add(report)) {
            wake();
        }
    }

    /** A task that was brought back has left memory before the device has answered: it is sent once more. A lane's thread. */
    void parkedAgain(long task) {
        if (reports.addUnanswered(task)) {
            wake();
        }
    }

    /** Nothing more comes of this one. */
    void end() {
        isOver = true;
    }

    /** Once a second: keeps the lease, and does not wait for ever. */
    void tick() {
        home.index().drain(device, 0);
        isTickDue = true;
        wake();
    }

    private void step() {
        takeReports();
        share();
        if (isTickDue) {
            isTickDue = false;
            giveUpSilent();
        }
        if (phase == Phase.ASKING) {
            List<Entry> entries = arrived;
            if (entries != null) {
                arrived = null;
                read(entries);
            }
        }
        if (phase == Phase.COLLECTING) {
            collect();
        } else if (phase == Phase.SENDING) {
            send();
        }
        acknowledge();
    }

    private void collect() {
        if (window.isFull()) {
            plan();
            return;
        }
        phase = Phase.ASKING;
        home.index().drain(device, DRAIN_LIMIT).whenComplete((entries, e) -> {
            if (e != null) {
                home.giveUp(this, String.valueOf(e.getMessage()));
            } else {
                arrived = entries;
                wake();
            }
        });
    }

    private void read(List<Entry> entries) {
        home.requireCurrent();
        for (int from = 0; from < entries.size(); from += PAGE) {
            read(entries, from, Math.min(entries.size(), from + PAGE));
        }
        if (entries.isEmpty()) {
            plan();
        } else {
            phase = Phase.COLLECTING;
        }
    }

    private void read(List<Entry> entries, int from, int to) {
        Map<Long, TaskRow> rows = new HashMap<>();
        List<TaskId> ids = new ArrayList<>();
        entries.subList(from, to).forEach(entry -> ids.add(new TaskId(entry.task())));
        home.find(ids).forEach(row -> rows.put(row.id().value(), row));
        for (Entry entry : entries.subList(from, to)) {
            TaskRow row = rows.get(entry.task());
            tasks.incrementAndGet();
            if (row == null || !home.owes(row, device.ordinal())) {
                done.add(entry);
            } else if (home.isRemoved(device)) {
                home.ways().adopt(row); // and it is forgiven
                done.add(entry);
            } else {
                window.add(row);
                if (entry.step() != 0) {
                    steps.put(entry.task(), entry.step());
                }
            }
        }
    }

    private void plan() {
        phase = Phase.SENDING;
        Map<Group, Group> covered = window.covered();
        coveredBy = new HashMap<>();
        covered.forEach((group, by) ->
                coveredBy.computeIfAbsent(by, any -> new ArrayList<>()).add(group));
        Map<String, List<Group>> tooMany = new LinkedHashMap<>();
        for (Group group : window.groups()) {
            if (covered.containsKey(group)) {
                continue;
            }
            String tenant = group.task().tenant();
            boolean isMany = targetsByTenant.merge(tenant, group.targets(), Integer::sum) > home.collapseAbove();
            if (isMany && group.task().kind() == TaskKind.URL && !home.hasForms(group.task())) {
                tooMany.computeIfAbsent(tenant, any -> new ArrayList<>()).add(group);
            } else {
                toSend.add(group);
            }
        }
        tooMany.values().forEach(this::collapse);
    }

    private void collapse(List<Group> groups) {
        List<RefreshTask> instead = Collapse.of(groups.stream().map(Group::task).toList(), device.id());
        logger.warn(
                "parked work collapsed device={} tenant={} tasks={} into={}",
                device.id(),
                groups.get(0).task().tenant(),
                groups.size(),
                instead.size());
        home.collapsed(groups.size());
        long name = - ++collapses;
        underWay.put(name, groups);
        home.ways().submitAll(instead, isDone -> {
            reports.addReplacement(name, isDone);
            wake();
        });
    }

    private void send() {
        while (underWay.size() < UNDER_WAY && !toSend.isEmpty()) {
            sendSome(Math.min(PAGE, UNDER_WAY - underWay.size()));
        }
        if (!underWay.isEmpty() || !toSend.isEmpty() || !shares.isEmpty()) {
            return;
        }
        if (window.entries() == 0) {
            phase = Phase.ENDING;
            acknowledge();
            home.finish(this);
            return;
        }
        window = new ParkedWindow(home::hasForms);
        coveredBy = Map.of();
        steps.clear();
        phase = Phase.COLLECTING;
        wake();
    }

    /** Reads the rows again: they may have changed since they were counted. */
    private void sendSome(int most) {
        Map<Long, Group> groups = new LinkedHashMap<>();
        List<TaskId> ids = new ArrayList<>();
        while (groups.size() < most && !toSend.isEmpty()) {
            Group group = toSend.remove();
            groups.put(group.id(), group);
            ids.add(new TaskId(group.id()));
        }
        for (TaskRow row : home.find(ids)) {
            long id = row.id().value();
            if (home.owes(row, device.ordinal())) {
                heardNanos = underWay.isEmpty() ? home.clock().nanos() : heardNanos;
                underWay.put(id, List.of(Objects.requireNonNull(groups.remove(id))));
                reports.await(id);
                home.ways().adopt(row);
                commands.incrementAndGet();
                done(id);
            }
        }
        groups.values().forEach(group -> {
            done(group.id());
            if (group.next()) {
                toSend.add(group);
            } else {
                settleCovered(group, false);
            }
        });
    }

    private void takeReports() {
        for (ReturnReports.Reported reported = reports.poll(); reported != null; reported = reports.poll()) {
            List<Group> sent = underWay.remove(reported.task());
            if (sent == null) {
                continue;
            }
            Outcome outcome = reported.outcome();
            if (outcome == null) {
                toSend.addAll(sent);
                continue;
            }
            heardNanos = home.clock().nanos();
            Report report = reported.report();
            for (Group group : sent) {
                if (report == null) {
                    replaced(group, outcome.isApplied());
                } else {
                    if (!group.others().isEmpty()) {
                        shares.add(group.others(), report);
                    }
                    settleCovered(group, ReturnReports.isApplied(report));
                }
            }
        }
    }

    /** Another command has done the work of the group, or could not. */
    private void replaced(Group group, boolean isDone) {
        if (!isDone) {
            toSend.add(group); // by itself, then
            return;
        }
        LongArrayList all = new LongArrayList();
        all.addAll(group.others());
        all.addLong(group.id());
        shares.add(all, null);
        settleCovered(group, true);
    }

    private void settleCovered(Group by, boolean isDone) {
        List<Group> groups = coveredBy.remove(by);
        if (groups != null) {
            groups.forEach(group -> replaced(group, isDone));
        }
    }

    /** What was not answered for long stays owed, comes back to the queue by itself, and is tried again later. */
    private void giveUpSilent() {
        boolean isWaiting = underWay.keySet().stream().anyMatch(name -> name > 0);
        if (isWaiting && home.clock().nanos() - heardNanos > SILENT_NANOS) {
            home.giveUp(this, "the device does not answer");
        }
    }

    /** Writes a page of what is to be shared: other queries want their turn. */
    private void share() {
        List<TaskId> ids = shares.page();
        if (ids.isEmpty()) {
            return;
        }
        for (TaskRow row : home.find(ids)) {
            if (home.owes(row, device.ordinal())) {
                home.ways()
                        .adoptReported(
                                row,
                                device.ordinal(),
                                shares.report(row.id(), home.clock().now()));
            }
        }
        ids.forEach(id -> done(id.value()));
        wake();
    }

    private void done(long id) {
        done.add(new Entry(id, steps.getOrDefault(id, 0)));
    }

    private void acknowledge() {
        if (!done.isEmpty()) {
            home.index().acknowledge(device, done);
            done.clear();
        }
    }

    boolean hasWorked() {
        return tasks.get() > 0;
    }

    @Override
    public String toString() {
        return "device=" + device.id() + " tasks=" + tasks + " commands=" + commands + " millis="
                + (home.clock().nanos() - sinceNanos) / 1_000_000;
    }
}
