// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What every device of one task has said so far: one byte a device, and a list only where targets differ. Confined to the
 * task's lane.
 *
 * <p>Devices are named by their index in the task's set. The common outcome of a device holds for all its targets that
 * have no exception.
 *
 * <p>As bytes, for the store: {@code version 1 | runs | exceptions}. A run is {@code length (LEB128), value} with value =
 * outcome code, plus 128 when the device is finished; runs cover all devices in order. Exceptions follow as
 * {@code index, count, (target, outcome, reason length, reason UTF-8)…} with LEB128 numbers, by rising index.
 */
public final class DeviceResults {
    private static final byte VERSION = 1;
    private static final byte FINISHED = (byte) 0x80;
    private static final int CODE = 0x7f;

    private final int targets;
    private final byte[] values;
    private final long[] counts = new long[Outcome.values().length];
    private final Int2ObjectHashMap<List<TargetResult>> exceptions = new Int2ObjectHashMap<>();
    private int finished;

    private DeviceResults(int targets, byte[] values) {
        this.targets = targets;
        this.values = values;
    }

    /** Nothing is known: every pair is pending. */
    public static DeviceResults pending(DeviceSet devices, int targets) {
        DeviceResults results = new DeviceResults(Math.max(1, targets), new byte[devices.size()]);
        results.counts[Outcome.PENDING.code()] = (long) devices.size() * results.targets;
        return results;
    }

    /** Number of devices that have given their final report, or were given up. */
    public int finished() {
        return finished;
    }

    /** Number of devices. */
    public int size() {
        return values.length;
    }

    /** Whether the device has given its final report, or was given up. */
    public boolean isFinished(int index) {
        return values[index] < 0;
    }

    /** The outcome of all targets of a device that have no exception. */
    public Outcome outcome(int index) {
        return Outcome.ofCode(values[index] & CODE);
    }

    /** The targets of a device with another outcome or a reason. */
    public List<TargetResult> exceptions(int index) {
        List<TargetResult> list = exceptions.get(index);
        return list == null ? List.of() : list;
    }

    /** All pairs by outcome. */
    public OutcomeCounts counts() {
        return OutcomeCounts.of(counts);
    }

    /**
     * Takes over what a device says. What was said finally stays, except that a later final report may pay what was
     * owed, or prove what was only applied.
     *
     * @return whether anything changed
     */
    public boolean apply(int index, Report report) {
        if (isFinished(index) && !isBetter(index, report) || !isSane(report)) {
            return false;
        }
        boolean isSame = outcome(index) == report.outcome()
                && isFinished(index) == report.isFinal()
                && exceptions(index).equals(report.exceptions());
        if (isSame) {
            return false;
        }
        put(index, report.outcome(), report.isFinal(), report.exceptions());
        return true;
    }

    private boolean isBetter(int index, Report report) {
        return report.isFinal()
                && (isOwed(index) || isApplied(index) && report.outcome().isApplied());
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
        for (int i = 0; i < values.length; i++) {
            if (!isFinished(i)) {
                giveUp(i, outcome);
            }
        }
    }

    private void giveUp(int index, Outcome outcome) {
        List<TargetResult> kept = exceptions(index).stream()
                .map(e -> isOpen(e.outcome()) ? new TargetResult(e.target(), outcome, e.reason()) : e)
                .toList();
        put(index, isOpen(outcome(index)) ? outcome : outcome(index), true, kept);
    }

    private static boolean isOpen(Outcome outcome) {
        return outcome == Outcome.PENDING || outcome == Outcome.PARKED;
    }

    /** What is owed is dropped: it becomes {@link Outcome#CANCELLED}. */
    public void forgive() {
        for (int i = 0; i < values.length; i++) {
            if (isOwed(i)) {
                forgive(i);
            }
        }
    }

    /** What one device owes is dropped, and it is finished; what it has applied stays. */
    public void forgive(int index) {
        List<TargetResult> kept = exceptions(index).stream()
                .map(e -> e.outcome().isOwed() ? new TargetResult(e.target(), Outcome.CANCELLED, e.reason()) : e)
                .toList();
        put(index, outcome(index).isOwed() ? Outcome.CANCELLED : outcome(index), true, kept);
    }

    private void put(int index, Outcome outcome, boolean isFinal, List<TargetResult> list) {
        count(index, -1);
        finished += (isFinal ? 1 : 0) - (isFinished(index) ? 1 : 0);
        values[index] = (byte) (outcome.code() | (isFinal ? FINISHED : 0));
        if (list.isEmpty()) {
            exceptions.remove(index);
        } else {
            exceptions.put(index, list);
        }
        count(index, 1);
    }

    private void count(int index, int sign) {
        List<TargetResult> list = exceptions(index);
        for (TargetResult result : list) {
            counts[result.outcome().code()] += sign;
        }
        counts[outcome(index).code()] += (long) sign * (targets - list.size());
    }

    /** Whether every target on the device has what the task asks for. */
    public boolean isSatisfied(int index, RefreshTask task) {
        List<TargetResult> list = exceptions(index);
        for (TargetResult result : list) {
            if (!task.isSatisfiedBy(result.outcome())) {
                return false;
            }
        }
        return list.size() == targets || task.isSatisfiedBy(outcome(index));
    }

    /** Whether every target on the device is applied, proven or not. */
    public boolean isApplied(int index) {
        List<TargetResult> list = exceptions(index);
        for (TargetResult result : list) {
            if (!result.outcome().isApplied()) {
                return false;
            }
        }
        return list.size() == targets || outcome(index).isApplied();
    }

    /** Whether the device still owes some target. */
    public boolean isOwed(int index) {
        List<TargetResult> list = exceptions(index);
        for (TargetResult result : list) {
            if (result.outcome().isOwed()) {
                return true;
            }
        }
        return list.size() < targets && outcome(index).isOwed();
    }

    /** Number of devices that still owe some target. */
    public int owed() {
        int owed = 0;
        for (int i = 0; i < values.length; i++) {
            owed += isOwed(i) ? 1 : 0;
        }
        return owed;
    }

    /** The results as bytes; see the class comment. */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(16 + runs() * 6 + exceptionBytes());
        out.put(VERSION);
        for (int from = 0; from < values.length; ) {
            int to = runEnd(from);
            putVarint(out, to - from);
            out.put(values[from]);
            from = to;
        }
        int[] indexes = exceptions.keySet().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        for (int index : indexes) {
            List<TargetResult> list = exceptions(index);
            putVarint(out, index);
            putVarint(out, list.size());
            for (TargetResult result : list) {
                byte[] reason = result.reason().getBytes(StandardCharsets.UTF_8);
                putVarint(out, result.target());
                out.put(result.outcome().code());
                putVarint(out, reason.length);
                out.put(reason);
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private int runs() {
        int runs = 0;
        for (int from = 0; from < values.length; from = runEnd(from)) {
            runs++;
        }
        return runs;
    }

    private int runEnd(int from) {
        int to = from + 1;
        while (to < values.length && values[to] == values[from]) {
            to++;
        }
        return to;
    }

    private int exceptionBytes() {
        int bytes = 0;
        for (List<TargetResult> list : exceptions.values()) {
            bytes += 10;
            for (TargetResult result : list) {
                bytes += 11 + result.reason().length() * 3;
            }
        }
        return bytes;
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if the bytes do not describe results of these devices and targets
     */
    public static DeviceResults fromBytes(DeviceSet devices, int targets, byte @Nullable [] bytes) {
        DeviceResults results = pending(devices, targets);
        if (bytes == null || bytes.length == 0) {
            return results;
        }
        try {
            results.read(ByteBuffer.wrap(bytes));
        } catch (java.nio.BufferUnderflowException truncated) {
            throw new IllegalArgumentException("results: truncated", truncated);
        }
        return results;
    }

    private void read(ByteBuffer in) {
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("results: version " + version + " (expected: " + VERSION + ")");
        }
        for (int at = 0; at < values.length; ) {
            int length = getVarint(in);
            byte value = in.get();
            if (length < 1 || length > values.length - at) {
                throw new IllegalArgumentException("results: run of " + length + " at " + at);
            }
            Outcome outcome = Outcome.ofCode(value & CODE);
            for (int i = at; i < at + length; i++) {
                put(i, outcome, value < 0, List.of());
            }
            at += length;
        }
        while (in.hasRemaining()) {
            int index = getVarint(in);
            int count = getVarint(in);
            if (index >= values.length || count > targets) {
                throw new IllegalArgumentException("results: " + count + " exceptions of device " + index);
            }
            TargetResult[] list = new TargetResult[count];
            for (int i = 0; i < count; i++) {
                list[i] = new TargetResult(getVarint(in), Outcome.ofCode(in.get()), text(in));
            }
            put(index, outcome(index), isFinished(index), List.of(list));
        }
    }

    private static String text(ByteBuffer in) {
        int length = getVarint(in);
        if (length > in.remaining()) {
            throw new IllegalArgumentException("results: reason of " + length + " bytes");
        }
        byte[] text = new byte[length];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static void putVarint(ByteBuffer out, int value) {
        int rest = value;
        while (rest > CODE) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static int getVarint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            byte b = in.get();
            value |= (b & CODE) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("results: number too long");
    }
}
