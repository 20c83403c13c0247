// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the store as one array, without its devices, which most rows share, and without its idempotency key, which no
 * one asks a stored row for. For memory only: the form may change with every release. Stateless.
 */
public final class RowCodec {
    private static final TaskState[] STATES = TaskState.values();

    /** About how many bytes ids, times and counts take; a writer that must grow copies everything. */
    private static final int BESIDE_TASK = 128;

    private RowCodec() {}

    /**
     * Encodes a row.
     *
     * @throws IllegalArgumentException if a text in it is not well-formed
     */
    @SuppressWarnings("EnumOrdinal") // never leaves the process
    public static byte[] encode(TaskRow row) {
        TaskStatus status = row.status();
        ByteWriter out = new ByteWriter(TaskCodec.expectedBytes(row.task()) + status.results().length + BESIDE_TASK);
        out.varint(row.id().value());
        out.varint(row.owner().engine());
        out.varint(row.owner().epoch());
        int task = out.open();
        TaskCodec.write(out, row.task());
        out.close(task);
        Times.write(out, row.acceptedAt());
        Times.write(out, row.dueAt());
        out.varint(status.version());
        out.varint(status.state().ordinal());
        out.varint(status.step());
        writeCounts(out, status.counts());
        out.varint(status.owed());
        out.bytes(status.results());
        writeTime(out, status.finalAt());
        writeTime(out, status.settledAt());
        return out.toByteArray();
    }

    /**
     * Decodes a row.
     *
     * @param devices what the row is for
     * @throws IllegalArgumentException if the bytes are none
     */
    public static TaskRow decode(byte[] bytes, DeviceSet devices) {
        ByteReader in = new ByteReader(bytes);
        TaskId id = new TaskId(in.varint());
        EngineEpoch owner = new EngineEpoch(in.ordinal(), in.varint());
        byte[] task = in.bytes();
        Instant acceptedAt = Times.read(in);
        Instant dueAt = Times.read(in);
        TaskStatus status = new TaskStatus(
                in.varint(),
                STATES[in.ordinal()],
                in.ordinal(),
                readCounts(in),
                in.ordinal(),
                in.bytes(),
                readTime(in),
                readTime(in));
        return new TaskRow(id, owner, TaskCodec.decode(task), devices, acceptedAt, dueAt, null, status);
    }

    private static void writeCounts(ByteWriter out, OutcomeCounts counts) {
        long[] values = counts.toArray();
        out.varint(values.length);
        for (long value : values) {
            out.varint(value);
        }
    }

    private static OutcomeCounts readCounts(ByteReader in) {
        long[] values = new long[in.count(1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.varint();
        }
        return OutcomeCounts.of(values);
    }

    private static void writeTime(ByteWriter out, @Nullable Instant time) {
        out.octet(time == null ? 0 : 1);
        if (time != null) {
            Times.write(out, time);
        }
    }

    private static @Nullable Instant readTime(ByteReader in) {
        return in.flag() ? Times.read(in) : null;
    }
}
