// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import java.util.List;
import java.util.function.Predicate;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What every device of one task has said so far: a value a device in as few bits as the number of different values needs
 * ({@link Packing}), and a list only where targets differ. Confined to the task's lane; a {@link #snapshot} is for anyone.
 *
 * <p>Devices are named by their index in the task's set. The common outcome of a device holds for all its targets that
 * have no exception.
 */
public final class DeviceResults {
    private static final byte FINISHED = (byte) 0x80;
    private static final int CODE = 0x7f;
    private static final int OUTCOMES = Outcome.values().length;

    private final int targets;
    private final int size;
    /** See {@link Packing}. */
    private byte[] cells = Packing.uniform(Outcome.PENDING.code());

    private @Nullable Int2ObjectHashMap<List<TargetResult>> exceptions;
    private int finished;

    private DeviceResults(int targets, int size) {
        this.targets = targets;
        this.size = size;
    }

    /** Nothing is known: every pair is pending. */
    public static DeviceResults pending(DeviceSet devices, int targets) {
        return new DeviceResults(Math.max(1, targets), devices.size());
    }

    /** A copy that stays as it is, quick to read device by device. */
    public DeviceResults snapshot() {
        DeviceResults copy = new DeviceResults(targets, size);
        copy.cells = Packing.expand(cells, size);
        copy.exceptions = exceptions == null ? null : new Int2ObjectHashMap<>(exceptions);
        copy.finished = finished;
        return copy;
    }

    /** Number of targets of the task, at least 1. */
    public int targets() {
        return targets;
    }

    /** Number of devices that have given their final report, or were given up. */
    public int finished() {
        return finished;
    }

    /** Number of devices. */
    public int size() {
        return size;
    }

    /** What a device has said, as a number: to have it near before it is changed. */
    public byte value(int index) {
        return Packing.get(cells, index);
    }

    /** Whether the device has given its final report, or was given up. */
    public boolean isFinished(int index) {
        return value(index) < 0;
    }

    /** The outcome of all targets of a device that have no exception. */
    public Outcome outcome(int index) {
        return Outcome.ofCode(value(index) & CODE);
    }

    /** The targets of a device with another outcome or a reason. */
    public List<TargetResult> exceptions(int index) {
        List<TargetResult> list = exceptions == null ? null : exceptions.get(index);
        return list == null ? List.of() : list;
    }

    /** All pairs by outcome. */
    public OutcomeCounts counts() {
        long[] counts = new long[OUTCOMES];
        if (Packing.isUniform(cells)) { // what most tasks begin and end with
            counts[Packing.get(cells, 0) & CODE] = (long) size * targets;
        } else {
            int[] histogram = Packing.histogram(cells, size);
            for (int value = 0; value < histogram.length; value++) {
                if (histogram[value] > 0) {
                    counts[value & CODE] += (long) histogram[value] * targets;
                }
            }
        }
        if (exceptions != null) {
            exceptions.forEachInt((index, list) -> {
                counts[value(index) & CODE] -= list.size();
                for (TargetResult result : list) {
                    counts[result.outcome().code()]++;
                }
            });
        }
        return OutcomeCounts.of(counts);
    }

    /**
     * Takes over what a device says. What was said finally stays, except that a later final report may pay what was
     * owed, or prove what was only applied.
     *
     * @return whether anything changed
     */
    public boolean apply(int index, Report report) {
        byte old = value(index);
        byte value = (byte) (report.outcome().code() | (report.isFinal() ? FINISHED : 0));
        if (old < 0 && !isBetter(index, report) || !isSane(report)) {
            return false;
        }
        if (old == value && exceptions(index).equals(report.exceptions())) {
            return false;
        }
        put(index, old, value, report.exceptions());
        return true;
    }

    private boolean isBetter(int index, Report report) {
        return report.isFinal()
                && (isOwed(index)
                        ? keepsApplied(index, report)
                        : isApplied(index) && report.outcome().isApplied());
    }

    /** Whether all targets that are applied stay so: the rest of an owed command is asked for with the whole of it. */
    private boolean keepsApplied(int index, Report report) {
        List<TargetResult> before = exceptions(index);
        if (!outcome(index).isApplied()
                && before.stream().noneMatch(e -> e.outcome().isApplied())) {
            return true;
        }
        for (int target = 0; target < targets; target++) {
            if (outcomeOf(target, outcome(index), before).isApplied()
                    && !outcomeOf(target, report.outcome(), report.exceptions()).isApplied()) {
                return false;
            }
        }
        return true;
    }

    private static Outcome outcomeOf(int target, Outcome common, List<TargetResult> exceptions) {
        for (TargetResult exception : exceptions) {
            if (exception.target() == target) {
                return exception.outcome();
            }
        }
        return common;
    }

    private boolean isSane(Report report) {
        int last = -1;
        for (TargetResult result : report.exceptions()) {
            if (result.target() <= last || result.target() >= targets) {
                return false;
            }
            last = result.target();
        }
        return true;
    }

    /** Gives every unfinished device up: its pending targets get the outcome, what it has applied stays. */
    public void giveUp(Outcome outcome) {
        for (int i = 0; i < size && finished < size; i++) {
            if (!isFinished(i)) {
                giveUp(i, outcome);
            }
        }
        cells = Packing.compact(cells, size);
    }

    private void giveUp(int index, Outcome outcome) {
        List<TargetResult> kept = exceptions(index).stream()
                .map(e -> isOpen(e.outcome()) ? new TargetResult(e.target(), outcome, e.reason()) : e)
                .toList();
        put(index, isOpen(outcome(index)) ? outcome : outcome(index), kept);
    }

    private static boolean isOpen(Outcome outcome) {
        return outcome == Outcome.PENDING || outcome == Outcome.PARKED;
    }

    /** What is owed is dropped: it becomes {@link Outcome#CANCELLED}. */
    public void forgive() {
        for (int i = 0; i < size; i++) {
            if (isOwed(i)) {
                forgive(i);
            }
        }
        cells = Packing.compact(cells, size);
    }

    /** What one device owes is dropped, and it is finished; what it has applied stays. */
    public void forgive(int index) {
        List<TargetResult> kept = exceptions(index).stream()
                .map(e -> e.outcome().isOwed() ? new TargetResult(e.target(), Outcome.CANCELLED, e.reason()) : e)
                .toList();
        put(index, outcome(index).isOwed() ? Outcome.CANCELLED : outcome(index), kept);
    }

    private void put(int index, Outcome outcome, List<TargetResult> list) {
        put(index, value(index), (byte) (outcome.code() | FINISHED), list);
    }

    private void put(int index, byte old, byte value, List<TargetResult> list) {
        finished += (value < 0 ? 1 : 0) - (old < 0 ? 1 : 0);
        cells = Packing.set(cells, size, index, value);
        if (!list.isEmpty()) {
            if (exceptions == null) {
                exceptions = new Int2ObjectHashMap<>();
            }
            exceptions.put(index, list);
        } else if (exceptions != null) {
            exceptions.remove(index);
            exceptions = exceptions.isEmpty() ? null : exceptions;
        }
    }

    /** Whether every target on the device has one of these outcomes. */
    public boolean isSatisfied(int index, Predicate<Outcome> wanted) {
        List<TargetResult> list = exceptions(index);
        for (TargetResult result : list) {
            if (!wanted.test(result.outcome())) {
                return false;
            }
        }
        return list.size() == targets || wanted.test(outcome(index));
    }

    /** Whether every target on the device is applied, proven or not. */
    public boolean isApplied(int index) {
        return isSatisfied(index, Outcome::isApplied);
    }

    /** Whether the device still owes some target. */
    public boolean isOwed(int index) {
        return !isSatisfied(index, outcome -> !outcome.isOwed());
    }

    /** Number of devices that still owe some target. */
    public int owed() {
        return size - satisfied(outcome -> !outcome.isOwed());
    }

    /** Number of devices on which every target has one of these outcomes. O(devices / 8), whatever their number of targets. */
    public int satisfied(Predicate<Outcome> wanted) {
        if (exceptions == null && Packing.isUniform(cells)) {
            return wanted.test(Outcome.ofCode(Packing.get(cells, 0) & CODE)) ? size : 0;
        }
        int[] histogram = Packing.histogram(cells, size);
        int[] count = {0};
        for (int value = 0; value < histogram.length; value++) {
            if (histogram[value] > 0 && wanted.test(Outcome.ofCode(value & CODE))) {
                count[0] += histogram[value];
            }
        }
        if (exceptions != null) {
            exceptions.forEachInt((index, list) ->
                    count[0] += (isSatisfied(index, wanted) ? 1 : 0) - (wanted.test(outcome(index)) ? 1 : 0));
        }
        return count[0];
    }

    /** The results as bytes, for the store; see {@link ResultsCodec}. */
    public byte[] toBytes() {
        return ResultsCodec.write(this);
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if the bytes do not describe results of these devices and targets
     */
    public static DeviceResults fromBytes(DeviceSet devices, int targets, byte @Nullable [] bytes) {
        DeviceResults results = pending(devices, targets);
        if (bytes != null && bytes.length > 0) {
            ResultsCodec.read(bytes, results);
        }
        return results;
    }

    /** The value of each device, from place 1 on. */
    byte[] values() {
        return Packing.expand(cells, size);
    }

    void setValues(byte[] values) {
        cells = Packing.compact(values, size);
        finished = 0;
        for (int i = 1; i <= size; i++) {
            finished += values[i] < 0 ? 1 : 0;
        }
    }

    void setExceptions(int index, List<TargetResult> list) {
        put(index, value(index), value(index), list);
    }

    /** The devices with exceptions, rising. */
    int[] exceptional() {
        if (exceptions == null) {
            return new int[0];
        }
        return exceptions.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    }
}
