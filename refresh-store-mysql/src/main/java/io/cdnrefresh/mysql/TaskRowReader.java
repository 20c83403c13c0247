// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;

/**
 * Makes tasks of the rows of one query. Reads by place: a name is looked up in all columns of every row. Neighbours mostly
 * have the same devices and counts, which they then share. Not thread-safe.
 */
final class TaskRowReader {
    private static final String ALL_BUT_BODY = "t.id, t.engine, t.owner_epoch, t.state, t.step, t.version,"
            + " t.accepted_at, t.due_at, t.final_at, t.settled_at, t.owed, t.devices, t.counts, t.results, ";

    /** What {@link #read} needs. */
    static final String SELECTED = ALL_BUT_BODY + "t.body";

    /** How many columns that are. */
    static final int WIDTH = 15;

    /** What {@link #readHead} needs; no head = the body is small, or from before heads were stored. */
    static final String SELECTED_HEAD = ALL_BUT_BODY + "COALESCE(t.head, t.body) AS body, t.targets";

    private static final TaskState[] STATES = TaskState.values();

    private byte[] devicesBytes = {};
    private DeviceSet devices = DeviceSet.EMPTY;
    private byte[] countsBytes = {};
    private OutcomeCounts counts = Bodies.counts(countsBytes);

    TaskRow read(ResultSet row) throws SQLException {
        return read(row, new EngineEpoch(row.getInt(2), row.getLong(3)));
    }

    /** The row in another owner's hands. */
    TaskRow read(ResultSet row, EngineEpoch owner) throws SQLException {
        TaskStatus status = new TaskStatus(
                row.getLong(6),
                STATES[row.getInt(4)],
                row.getInt(5),
                counts(row.getBytes(13)),
                row.getInt(11),
                row.getBytes(14),
                Sql.nullableInstant(row, 9),
                Sql.nullableInstant(row, 10));
        return new TaskRow(
                new TaskId(row.getLong(1)),
                owner,
                Bodies.decode(row.getBytes(15)),
                devices(row.getBytes(12)),
                Instant.ofEpochMilli(row.getLong(7)),
                Instant.ofEpochMilli(row.getLong(8)),
                null,
                status);
    }

    TaskHead readHead(ResultSet row) throws SQLException {
        TaskRow shown = read(row);
        int targets = row.getInt(16);
        return targets < 0 ? TaskHead.of(shown) : new TaskHead(shown, targets);
    }

    private OutcomeCounts counts(byte[] bytes) {
        if (!Arrays.equals(bytes, countsBytes)) {
            counts = Bodies.counts(bytes);
            countsBytes = bytes;
        }
        return counts;
    }

    private DeviceSet devices(byte[] bytes) {
        if (!Arrays.equals(bytes, devicesBytes)) {
            devices = DeviceSet.fromBytes(bytes);
            devicesBytes = bytes;
        }
        return devices;
    }
}
