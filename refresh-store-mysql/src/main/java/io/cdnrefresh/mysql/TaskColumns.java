// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.state.TaskCoverage;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A task as columns: encoded before a connection is taken, so that no lock is held meanwhile. */
record TaskColumns(TaskRow row, byte[] devices, byte[] body, byte @Nullable [] head, Map<String, byte[]> hosts) {
    static final String NAMES = "id, engine, owner_epoch, claim_epoch, kind, tenant, state, step, version, accepted_at,"
            + " due_at, final_at, settled_at, gone_at, wake_at, owed, devices, counts, results, body, targets, bytes, head";
    static final int COUNT = 23;

    static TaskColumns of(TaskRow row) {
        RefreshTask task = row.task();
        byte[] head = task.targets().size() < 2 ? null : Bodies.encode(TaskHead.headOf(task));
        return new TaskColumns(row, row.devices().toBytes(), Bodies.encode(task), head, hosts(task));
    }

    long sizeBytes() {
        long headBytes = head == null ? 0 : Sql.sentBytes(head);
        return 256
                + headBytes
                + Sql.sentBytes(devices)
                + Sql.sentBytes(body)
                + Sql.sentBytes(row.status().results());
    }

    @SuppressWarnings("EnumOrdinal") // the order is the code in the rows and only ever grows at its end
    static int code(Enum<?> constant) {
        return constant.ordinal();
    }

    /** Every host that the task names, with the sorted hashes of its URLs there; a task of all hosts names "". */
    static Map<String, byte[]> hosts(RefreshTask task) {
        if (task.kind() == TaskKind.ALL) {
            return Map.of("", new byte[0]);
        }
        List<Target> targets = task.targets();
        boolean isUrl = task.kind() == TaskKind.URL || task.kind() == TaskKind.PRELOAD;
        int[] hashes = isUrl ? hashes(targets, task.options().query()) : new int[0];
        List<String> named = TargetList.hosts(targets);
        if (named.size() == 1) {
            return Map.of(named.get(0), bytes(hashes));
        }
        Map<String, IntStream.Builder> byHost = new TreeMap<>();
        for (int i = 0; i < targets.size(); i++) {
            IntStream.Builder ofHost = byHost.computeIfAbsent(host(targets, i), host -> IntStream.builder());
            if (isUrl) {
                ofHost.add(hashes[i]);
            }
        }
        Map<String, byte[]> hosts = new LinkedHashMap<>();
        byHost.forEach((host, ofHost) -> hosts.put(host, bytes(ofHost.build().toArray())));
        return hosts;
    }

    private static String host(List<Target> targets, int index) {
        return targets instanceof TargetList list
                ? list.host(index)
                : targets.get(index).host();
    }

    /** Of each URL, in order. */
    private static int[] hashes(List<Target> urls, QueryRule rule) {
        if (urls instanceof TargetList list && rule == QueryRule.EXACT) {
            return list.identityHashes();
        }
        return urls.stream().mapToInt(url -> hash(url, rule)).toArray();
    }

    /** The hashes as they stand in a row; sorts them. */
    private static byte[] bytes(int[] hashes) {
        Arrays.sort(hashes);
        ByteBuffer bytes = ByteBuffer.allocate(hashes.length * Integer.BYTES);
        bytes.asIntBuffer().put(hashes);
        return bytes.array();
    }

    /** The hash of a URL as it stands in the rows: that of {@link String#hashCode}, which is the same for ever. */
    static int hash(Target url, QueryRule rule) {
        return TaskCoverage.key(url, rule).hashCode();
    }

    /** Whether the hashes of a host's URLs leave room for a task that covers a URL with one of these. */
    static boolean mayCover(byte[] urls, int exact, int ignoringQuery) {
        if (urls.length == 0) {
            return true;
        }
        IntBuffer hashes = ByteBuffer.wrap(urls).asIntBuffer();
        for (int low = 0, high = hashes.limit() - 1; low <= high; ) {
            int middle = low + high >>> 1;
            int hash = hashes.get(middle);
            if (hash == exact) {
                return true;
            }
            low = hash < exact ? middle + 1 : low;
            high = hash < exact ? high : middle - 1;
        }
        return exact != ignoringQuery && mayCover(urls, ignoringQuery, ignoringQuery);
    }

    /** Sets the columns of {@link #NAMES} in order from the given place on. */
    void bind(PreparedStatement insert, int first) throws SQLException {
        TaskStatus status = row.status();
        boolean isScheduled = status.state() == TaskState.SCHEDULED;
        int at = first;
        insert.setLong(at++, row.id().value());
        insert.setInt(at++, row.owner().engine());
        insert.setLong(at++, row.owner().epoch());
        insert.setLong(at++, isScheduled ? 0 : row.owner().epoch());
        insert.setInt(at++, code(row.task().kind()));
        insert.setBytes(at++, Sql.bytes(row.task().tenant()));
        insert.setInt(at++, code(status.state()));
        insert.setInt(at++, status.step());
        insert.setLong(at++, status.version());
        insert.setLong(at++, row.acceptedAt().toEpochMilli());
        insert.setLong(at++, ceilMillis(row.dueAt()));
        Sql.setNullable(insert, at++, status.finalAt());
        Sql.setNullable(insert, at++, status.settledAt());
        Sql.setNullable(insert, at++, goneAt(status));
        Sql.setNullable(insert, at++, isScheduled ? Instant.ofEpochMilli(ceilMillis(row.dueAt())) : null);
        insert.setInt(at++, status.owed());
        insert.setBytes(at++, devices);
        insert.setBytes(at++, Bodies.encode(status.counts()));
        insert.setBytes(at++, status.results());
        insert.setBytes(at++, body);
        insert.setInt(at++, row.task().targets().size());
        insert.setInt(at++, body.length);
        insert.setBytes(at, head);
    }

    /** Since when retention may take the row; null = it may not. */
    static @Nullable Instant goneAt(TaskStatus status) {
        if (!status.isSettled()) {
            return null;
        }
        return status.finalAt() == null ? Instant.EPOCH : status.finalAt();
    }

    /** A task is never due before its time. */
    private static long ceilMillis(Instant time) {
        return time.plusNanos(999_999).toEpochMilli();
    }
}
