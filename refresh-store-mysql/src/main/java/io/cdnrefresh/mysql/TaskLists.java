// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists tasks for people. Thread-safe.
 *
 * <p>Every list is read along an index that gives the ids in order, from the page's place on, so that its cost does not
 * depend on how many tasks there are:
 *
 * <pre>
 * label                       task_label (k, v, id)
 * state, unless it is DONE    task_state (state, kind, id, tenant), one range a kind
 * host                        task_host (host, id)
 * tenant                      task_tenant (tenant, kind, id), one range a kind
 * type, or DONE               task_state, one range a state or kind
 * nothing of these            the primary key
 * </pre>
 *
 * What else is asked is looked at row by row. The ranges are merged, then only the page's rows are read, without bodies.
 */
final class TaskLists {
    private final Database database;

    TaskLists(Database database) {
        this.database = database;
    }

    List<TaskHead> list(TaskFilter filter, long before, int limit) {
        String joined = database.dialect().joinInOrder();
        List<Conditions> ranges = ranges(filter);
        StringBuilder sql =
                new StringBuilder("SELECT ").append(TaskRowReader.SELECTED_HEAD).append(" FROM (SELECT id FROM (");
        for (int i = 0; i < ranges.size(); i++) {
            Conditions range = ranges.get(i);
            others(filter, range, before);
            sql.append(i == 0 ? "" : " UNION ALL ")
                    .append("SELECT id FROM (SELECT ")
                    .append(range.leader)
                    .append(".id AS id FROM ")
                    .append(String.join(joined, range.tables))
                    .append(" WHERE ")
                    .append(String.join(" AND ", range.texts))
                    .append(" ORDER BY ")
                    .append(range.leader)
                    .append(".id DESC LIMIT ?) r")
                    .append(i);
        }
        sql.append(") u ORDER BY id DESC LIMIT ?) p")
                .append(joined)
                .append("task t WHERE t.id = p.id ORDER BY t.id DESC");
        return database.read(connection -> {
            List<TaskHead> heads = new ArrayList<>();
            TaskRowReader reader = new TaskRowReader();
            try (PreparedStatement query = connection.prepareStatement(sql.toString())) {
                int at = 1;
                for (Conditions range : ranges) {
                    at = range.bind(query, at);
                    query.setInt(at++, limit);
                }
                query.setInt(at, limit);
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        heads.add(reader.readHead(found));
                    }
                }
            }
            return heads;
        });
    }

    private List<Conditions> ranges(TaskFilter filter) {
        if (filter.labelKey() != null) {
            return List.of(new Conditions("l", "task_label l"));
        }
        boolean isRareState = filter.state() != null && filter.state() != TaskState.DONE;
        if (!isRareState && filter.host() != null) {
            return List.of(new Conditions("h", "task_host h"));
        }
        if (!isRareState && filter.tenant() != null) {
            String table = "task t" + database.dialect().byIndex("task_tenant");
            List<Conditions> ranges = new ArrayList<>();
            for (TaskKind kind : kinds(filter)) {
                ranges.add(new Conditions("t", table)
                        .and("t.tenant = ?", Sql.bytes(filter.tenant()))
                        .and("t.kind = ?", (long) TaskColumns.code(kind)));
            }
            return ranges;
        }
        if (filter.state() == null && filter.kind() == null) {
            return List.of(new Conditions("t", "task t"));
        }
        String table = "task t" + database.dialect().byIndex("task_state");
        List<Conditions> ranges = new ArrayList<>();
        for (TaskState state : filter.state() != null ? List.of(filter.state()) : List.of(TaskState.values())) {
            for (TaskKind kind : kinds(filter)) {
                ranges.add(new Conditions("t", table)
                        .and("t.state = ?", (long) TaskColumns.code(state))
                        .and("t.kind = ?", (long) TaskColumns.code(kind)));
            }
        }
        return ranges;
    }

    private static List<TaskKind> kinds(TaskFilter filter) {
        return filter.kind() != null ? List.of(filter.kind()) : List.of(TaskKind.values());
    }

    /** Adds what the range does not say yet. */
    private static void others(TaskFilter filter, Conditions range, long before) {
        String id = range.leader + ".id";
        range.and(id + " < ?", before);
        if (filter.since() != null) {
            range.and(id + " >= ?", TaskReader.firstId(filter.since()));
        }
        if (filter.labelKey() != null) {
            range.join("l", "task_label l").and("l.k = ?", Sql.bytes(filter.labelKey()));
            if (filter.labelValue() != null) {
                range.and("l.v = ?", Sql.bytes(filter.labelValue()));
            }
        }
        if (filter.host() != null) {
            // tasks of all hosts stand under the empty one, which is nobody's host
            range.join("h", "task_host h")
                    .and(filter.host().isEmpty() ? "h.host = ? AND 1 = 0" : "h.host = ?", Sql.bytes(filter.host()));
        }
        if (filter.tenant() != null) {
            range.join("t", "task t").and("t.tenant = ?", Sql.bytes(filter.tenant()));
        }
        if (filter.state() != null) {
            range.join("t", "task t").and("t.state = ?", (long) TaskColumns.code(filter.state()));
        }
        if (filter.kind() != null) {
            range.join("t", "task t").and("t.kind = ?", (long) TaskColumns.code(filter.kind()));
        }
        if (filter.since() != null) {
            range.join("t", "task t").and("t.accepted_at >= ?", filter.since().toEpochMilli());
        }
    }

    /** FROM, WHERE and its values. The table that the range is read along leads. */
    private static final class Conditions {
        private final String leader;
        private final List<String> names = new ArrayList<>();
        private final List<String> tables = new ArrayList<>();
        private final List<String> texts = new ArrayList<>();
        private final List<Object> values = new ArrayList<>();

        Conditions(String leader, String table) {
            this.leader = leader;
            names.add(leader);
            tables.add(table);
        }

        Conditions join(String name, String table) {
            if (!names.contains(name)) {
                names.add(name);
                tables.add(table);
                texts.add(name + ".id = " + leader + ".id");
            }
            return this;
        }

        Conditions and(String condition, Object value) {
            if (!texts.contains(condition)) {
                texts.add(condition);
                values.add(value);
            }
            return this;
        }

        int bind(PreparedStatement query, int first) throws SQLException {
            int at = first;
            for (Object value : values) {
                if (value instanceof byte[] bytes) {
                    query.setBytes(at++, bytes);
                } else {
                    query.setLong(at++, (Long) value);
                }
            }
            return at;
        }
    }
}
