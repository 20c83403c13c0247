// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.RefreshTask;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What has no sequence yet: by queue, in each fairly by tenant. What is paused stands aside, what is spread over time waits
 * for its turn, a preload waits for every earlier refresh that may cover it. Equal purges become one. Confined to the feed.
 *
 * <p>Bounded by the pushes of the tasks in memory: an entry is one reference more to what they hold.
 */
final class FeedWaiting {
    private final DeviceRegistry devices;
    private final Map<QueueKind, TenantQueue<FeedEntry>> queues = new EnumMap<>(QueueKind.class);
    private final PriorityQueue<FeedEntry> later = new PriorityQueue<>(
            Comparator.comparingLong((FeedEntry entry) -> entry.dueNanos).thenComparingLong(entry -> entry.arrival));
    private final WaitingRefreshes refreshes = new WaitingRefreshes();
    private ArrayDeque<FeedEntry> paused = new ArrayDeque<>();
    private PauseRules pauses = PauseRules.NONE;
    private long arrivals;
    private long merged;
    private int size;

    FeedWaiting(DeviceRegistry devices) {
        this.devices = devices;
        for (QueueKind kind : QueueKind.values()) {
            queues.put(kind, new TenantQueue<>());
        }
    }

    int size() {
        return size;
    }

    /** Pushes that became part of another's command. */
    long merged() {
        return merged;
    }

    /** Takes an entry of one push, or lets its push take part in an equal one's. */
    void add(FeedEntry entry, long nowNanos) {
        Push push = entry.pushes()[0];
        entry.arrival = ++arrivals;
        FeedEntry equal = refreshes.equalTo(entry);
        if (equal != null) {
            equal.merge(push, later(equal.command(), push.command));
            merged++;
            return;
        }
        push.addPlace(entry);
        entry.isWaiting = true;
        size++;
        refreshes.arrived(entry);
        if (entry.dueNanos != 0 && entry.dueNanos - nowNanos > 0) {
            later.add(entry);
        } else {
            enqueue(entry);
        }
    }

    /**
     * The younger of two equal commands, with the later deadline. A device that has executed it, in this life of the engine
     * or in an earlier one, did so after both were accepted.
     */
    private static Command later(Command one, Command other) {
        boolean isYounger = one.id().value() > other.id().value();
        Command young = isYounger ? one : other;
        Command old = isYounger ? other : one;
        boolean isLonger = old.deadline().isAfter(young.deadline());
        List<Command.Name> also = new ArrayList<>(old.also());
        also.addAll(young.also());
        also.add(new Command.Name(old.id(), old.step()));
        return new Command(
                young.id(),
                young.step(),
                young.task(),
                isLonger ? old.deadline() : young.deadline(),
                young.rules(),
                also);
    }

    private void enqueue(FeedEntry entry) {
        RefreshTask task = entry.command().task();
        queue(task.kind().queue()).add(task.tenant(), task.options().priority(), entry.cost, entry);
    }

    private TenantQueue<FeedEntry> queue(QueueKind kind) {
        return Objects.requireNonNull(queues.get(kind));
    }

    /** The next entry to go; null = nothing may go now. */
    @Nullable
    FeedEntry poll(Predicate<FeedEntry> hasRoom, long nowNanos) {
        for (FeedEntry due = later.peek(); due != null && due.dueNanos - nowNanos <= 0; due = later.peek()) {
            enqueue(later.remove());
        }
        for (TenantQueue<FeedEntry> queue : queues.values()) {
            for (FeedEntry entry = queue.poll(hasRoom); entry != null; entry = queue.poll(hasRoom)) {
                FeedEntry ready = admit(entry);
                if (ready != null) {
                    return ready;
                }
            }
        }
        return null;
    }

    /** The entry, or the part of it that may go; null if it has to wait for something, or is wanted no more. */
    private @Nullable FeedEntry admit(FeedEntry entry) {
        if (entry.isClosed()) {
            gone(entry);
            return null;
        }
        FeedEntry blocker = refreshes.before(entry);
        if (blocker != null) {
            if (blocker.dependents == null) {
                blocker.dependents = new ArrayList<>(2);
            }
            blocker.dependents.add(entry);
            return null;
        }
        DeviceSet held = pauses.isEmpty() ? DeviceSet.EMPTY : held(entry);
        if (held.isEmpty()) {
            gone(entry);
            return entry;
        }
        // one that is not held must not wait with it
        refreshes.unmergeable(entry);
        paused.add(entry);
        if (held.size() == entry.devices().size()) {
            return null;
        }
        return entry.part(entry.devices().filter(device -> !held.contains(device)));
    }

    private DeviceSet held(FeedEntry entry) {
        for (Push push : entry.pushes()) {
            // one submitter who is not paused is enough: the purge is the same
            if (!push.isClosed() && !pauses.mayHold(push.command)) {
                return DeviceSet.EMPTY;
            }
        }
        RegistryView view = devices.view();
        return entry.devices().filter(ordinal -> {
            Device device = view.device(ordinal);
            return device != null && entry.isHeld(pauses, device);
        });
    }

    /** The entry waits no more, and what waited for it is looked at again. */
    private void gone(FeedEntry entry) {
        entry.isWaiting = false;
        size--;
        refreshes.left(entry);
        List<FeedEntry> dependents = entry.dependents;
        if (dependents != null) {
            entry.dependents = null;
            dependents.forEach(this::enqueue);
        }
    }

    /** From now on other rules hold: everything that stands aside is looked at again, in order of arrival. */
    void setPauses(PauseRules rules) {
        pauses = rules;
        reconsider();
    }

    /** Lets go of what was closed while it stood aside. */
    void sweep() {
        if (paused.stream().anyMatch(FeedEntry::isClosed)) {
            reconsider();
        }
        List<FeedEntry> closed = later.stream().filter(FeedEntry::isClosed).toList();
        if (!closed.isEmpty()) {
            later.removeAll(closed);
            closed.forEach(this::gone);
        }
        paused.forEach(this::sweepDependents);
        later.forEach(this::sweepDependents);
    }

    private void sweepDependents(FeedEntry entry) {
        List<FeedEntry> dependents = entry.dependents;
        if (dependents != null) {
            dependents.removeIf(preload -> {
                boolean isClosed = preload.isClosed();
                if (isClosed) {
                    gone(preload);
                }
                return isClosed;
            });
        }
    }

    private void reconsider() {
        ArrayDeque<FeedEntry> aside = paused;
        paused = new ArrayDeque<>();
        aside.forEach(this::enqueue);
    }
}
