// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.TaskId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The days of the task tables on a server that has partitions. Each range of ids is some whole days (UTC) of ids, named
 * by its end; what lies beyond the last day goes into {@code p_max}. Tables that are not partitioned so are left alone.
 * Stateless; every engine may do the same at once.
 *
 * <p>DDL waits for every statement on the table and makes all later ones wait behind it, so that it gives up after two
 * seconds and is tried again the next time.
 */
final class Partitions {
    private static final Logger logger = LoggerFactory.getLogger(Partitions.class);
    private static final String[] TABLES = {"task", "task_host", "task_label"};
    private static final String REST = "p_max";
    private static final Duration DAY = Duration.ofDays(1);
    private static final int DAYS_AHEAD = 2;

    /** For how long a day that nearly all may leave is kept whole for those that are still to come. */
    private static final Duration GRACE = DAY;

    /** About how many partitions a retention may span: each is looked into by queries that do not name a time. */
    private static final int MOST = 40;

    /** A partition with fewer tasks than this is not waited for, but emptied task by task. */
    private final int manyTasks;

    Partitions(int manyTasks) {
        this.manyTasks = manyTasks;
    }

    /** Ids from the first on, below the other. */
    record Range(long from, long below) {
        static final Range ALL = new Range(0, Long.MAX_VALUE);
    }

    private record Partition(String name, Range ids) {
        boolean endsBy(Instant time) {
            return ids.below != Long.MAX_VALUE && !timeOf(ids.below).isAfter(time);
        }
    }

    /**
     * What a sweep did and left to do.
     *
     * @param dropped how many tasks went with their days
     * @param ranges in which old tasks are deleted one by one
     */
    record Sweep(long dropped, List<Range> ranges) {}

    static long firstId(Instant day) {
        return Math.max(0, day.toEpochMilli() - TaskId.EPOCH_MILLIS) << 22;
    }

    private static Instant timeOf(long id) {
        return Instant.ofEpochMilli((id >>> 22) + TaskId.EPOCH_MILLIS);
    }

    /** Makes room for the days to come. */
    void extend(Connection connection, Instant now, Instant finalBefore) throws SQLException {
        long days = Math.max(1, Duration.between(finalBefore, now).toDays() / MOST + 1);
        for (String table : TABLES) {
            List<Partition> known = partitions(connection, table);
            if (known.isEmpty() || !known.get(known.size() - 1).name.equals(REST)) {
                continue;
            }
            Instant last = known.size() == 1 ? Instant.EPOCH : timeOf(known.get(known.size() - 2).ids.below);
            Instant today = Instant.ofEpochSecond(now.getEpochSecond() / DAY.toSeconds() * DAY.toSeconds());
            StringBuilder parts = new StringBuilder();
            while (last.isBefore(today.plus(DAY.multipliedBy(DAYS_AHEAD)))) {
                last = last.isBefore(today) ? today.plus(DAY) : last.plus(DAY.multipliedBy(days));
                parts.append("PARTITION ")
                        .append(name(last))
                        .append(" VALUES LESS THAN (")
                        .append(firstId(last))
                        .append("), ");
            }
            if (!parts.isEmpty()) {
                change(
                        connection,
                        "ALTER TABLE " + table + " REORGANIZE PARTITION " + REST + " INTO (" + parts + "PARTITION "
                                + REST + " VALUES LESS THAN MAXVALUE)");
            }
        }
    }

    private static String name(Instant end) {
        return "p"
                + DateTimeFormatter.BASIC_ISO_DATE.format(
                        end.atOffset(ZoneOffset.UTC).toLocalDate());
    }

    /** Drops the days of which nothing has to stay. */
    Sweep sweep(Connection connection, Instant now, Instant finalBefore) throws SQLException {
        List<Partition> days = partitions(connection, TABLES[0]);
        if (days.isEmpty()) {
            return new Sweep(0, List.of(Range.ALL));
        }
        Instant over = finalBefore.isBefore(now) ? finalBefore : now;
        long dropped = 0;
        List<Range> ranges = new ArrayList<>();
        for (Partition day : days) {
            if (!timeOf(day.ids.from).isBefore(finalBefore)) {
                continue;
            }
            if (day.endsBy(over) && mayGo(connection, day, finalBefore)) {
                long tasks = count(connection, "SELECT COUNT(*) FROM task PARTITION (" + day.name + ")");
                if (change(connection, "ALTER TABLE task DROP PARTITION " + day.name)) {
                    dropped += tasks;
                    logger.info("retention dropped a day partition={} tasks={}", day.name, tasks);
                }
            } else if (day.endsBy(over.minus(GRACE)) || !isLarge(connection, day)) {
                ranges.add(day.ids);
            }
        }
        for (int i = 1; i < TABLES.length; i++) {
            dropEmptied(connection, TABLES[i], over);
        }
        return new Sweep(dropped, ranges);
    }

    /** Hosts and labels of tasks that are all gone. */
    private static void dropEmptied(Connection connection, String table, Instant over) throws SQLException {
        for (Partition part : partitions(connection, table)) {
            String tasks = "SELECT COUNT(*) FROM (SELECT 1 FROM task WHERE id >= " + part.ids.from + " AND id < "
                    + part.ids.below + " LIMIT 1) t";
            if (part.endsBy(over) && count(connection, tasks) == 0) {
                change(connection, "ALTER TABLE " + table + " DROP PARTITION " + part.name);
            }
        }
    }

    /** Whether every task is settled, and final for long enough; once true it stays true. */
    private static boolean mayGo(Connection connection, Partition day, Instant finalBefore) throws SQLException {
        String tasks = "SELECT COUNT(*) FROM engine e WHERE EXISTS (SELECT 1 FROM task PARTITION (" + day.name
                + ") WHERE engine = e.id AND ";
        return count(connection, tasks + "gone_at IS NULL)") == 0
                && count(connection, tasks + "gone_at >= " + finalBefore.toEpochMilli() + ")") == 0;
    }

    private boolean isLarge(Connection connection, Partition day) throws SQLException {
        String some =
                "SELECT COUNT(*) FROM (SELECT 1 FROM task PARTITION (" + day.name + ") LIMIT " + manyTasks + ") t";
        return count(connection, some) >= manyTasks;
    }

    private static long count(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** The partitions of a table by rising ids; none = it is not one of ours. */
    private static List<Partition> partitions(Connection connection, String table) throws SQLException {
        List<Partition> partitions = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT PARTITION_NAME, PARTITION_DESCRIPTION FROM"
                + " information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?"
                + " AND PARTITION_METHOD = 'RANGE' ORDER BY PARTITION_ORDINAL_POSITION")) {
            query.setString(1, table);
            try (ResultSet rows = query.executeQuery()) {
                long from = 0;
                while (rows.next()) {
                    String end = rows.getString(2);
                    long below = end.equals("MAXVALUE") ? Long.MAX_VALUE : Long.parseLong(end);
                    partitions.add(new Partition(rows.getString(1), new Range(from, below)));
                    from = below;
                }
            }
        }
        return partitions;
    }

    /** False: not now, or not with the rights that this user has; nothing depends on it. */
    private static boolean change(Connection connection, String ddl) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION lock_wait_timeout = 2");
            try {
                statement.execute(ddl);
                return true;
            } catch (SQLException refused) {
                logger.warn("partition not changed ddl={} cause={}", ddl, refused.getMessage());
                return false;
            } finally {
                statement.execute("SET SESSION lock_wait_timeout = DEFAULT");
            }
        }
    }
}
