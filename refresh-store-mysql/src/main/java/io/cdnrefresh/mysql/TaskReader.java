// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.TaskCoverage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads tasks for people. Thread-safe. */
final class TaskReader {
    /** Hosts' rows that are looked at in one round of an explanation. */
    private static final int PAGE = 4_096;

    /** By how much the clock of an id may be behind the time of acceptance. */
    private static final Duration ID_SLACK = Duration.ofMinutes(1);

    private final Database database;

    TaskReader(Database database) {
        this.database = database;
    }

    Optional<TaskRow> find(TaskId id) {
        return database.read(connection -> {
            List<TaskRow> rows = new ArrayList<>();
            ManyRows.selectIn(
                    connection,
                    "SELECT " + TaskColumns.SELECTED + " FROM task t WHERE t.id IN ",
                    List.of(id.value()),
                    row -> rows.add(TaskColumns.read(row)));
            return rows.stream().findFirst();
        });
    }

    List<TaskRow> list(TaskFilter filter, long before, int limit) {
        Conditions conditions = new Conditions();
        // the id of the table that the filter narrows most leads, so that its key gives the order
        String leader = filter.host() != null ? "h" : filter.labelKey() != null ? "l" : "t";
        conditions.add(leader + ".id < ?", before);
        if (filter.tenant() != null) {
            conditions.add("t.tenant = ?", Sql.bytes(filter.tenant()));
        }
        if (filter.state() != null) {
            conditions.add("t.state = ?", (long) TaskColumns.code(filter.state()));
        }
        if (filter.kind() != null) {
            conditions.add("t.kind = ?", (long) TaskColumns.code(filter.kind()));
        }
        if (filter.since() != null) {
            conditions.add("t.accepted_at >= ?", filter.since().toEpochMilli());
            conditions.add(leader + ".id >= ?", firstId(filter.since()));
        }
        StringBuilder from = new StringBuilder(" FROM task t");
        if (filter.host() != null) {
            from.append(" JOIN task_host h ON h.id = t.id");
            // tasks of all hosts stand under the empty one, which is nobody's host
            conditions.add(filter.host().isEmpty() ? "h.host = ? AND 1 = 0" : "h.host = ?", Sql.bytes(filter.host()));
        }
        if (filter.labelKey() != null) {
            from.append(" JOIN task_label l ON l.id = t.id");
            conditions.add("l.k = ?", Sql.bytes(filter.labelKey()));
            if (filter.labelValue() != null) {
                conditions.add("l.v = ?", Sql.bytes(filter.labelValue()));
            }
        }
        String sql = "SELECT " + TaskColumns.SELECTED + from + " WHERE " + conditions.text + " ORDER BY " + leader
                + ".id DESC LIMIT ?";
        return database.read(connection -> {
            List<TaskRow> rows = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                int at = conditions.bind(query, 1);
                query.setInt(at, limit);
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        rows.add(TaskColumns.read(found));
                    }
                }
            }
            return rows;
        });
    }

    /** Ids carry their time, so that a time bounds them. */
    private static long firstId(@Nullable Instant since) {
        if (since == null) {
            return 0;
        }
        long millis = since.minus(ID_SLACK).toEpochMilli() - TaskId.EPOCH_MILLIS;
        return millis <= 0 ? 0 : millis >= 1L << 41 ? Long.MAX_VALUE : millis << 22;
    }

    /** WHERE and its values. */
    private static final class Conditions {
        private final StringBuilder text = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        void add(String condition, Object value) {
            text.append(text.isEmpty() ? "" : " AND ").append(condition);
            values.add(value);
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

    List<TaskRow> explain(Target url, TaskFilter filter, int limit) {
        List<byte[]> hosts = new ArrayList<>();
        TaskCoverage.hostPatterns(url.host()).forEach(host -> hosts.add(Sql.bytes(host)));
        hosts.add(new byte[0]);
        int exact = TaskColumns.hash(url, QueryRule.EXACT);
        int ignoring = TaskColumns.hash(url, QueryRule.IGNORE);
        long first = firstId(filter.since());
        return database.read(connection -> {
            Set<String> tenants = tenants(connection, url.host());
            List<TaskRow> found = new ArrayList<>();
            long before = Long.MAX_VALUE;
            while (found.size() < limit && before > first) {
                List<Candidate> page = candidates(connection, hosts, first, before);
                Set<Long> ids = new HashSet<>();
                for (Candidate candidate : page) {
                    if (TaskColumns.mayCover(candidate.urls, exact, ignoring)) {
                        ids.add(candidate.id);
                    }
                }
                List<Long> sorted =
                        ids.stream().sorted(Comparator.reverseOrder()).toList();
                for (int from = 0; from < sorted.size() && found.size() < limit; from += limit) {
                    List<Long> part = sorted.subList(from, Math.min(sorted.size(), from + limit));
                    rows(connection, part).stream()
                            .filter(filter::matches)
                            .filter(row -> TaskCoverage.covers(row.task(), url, tenants))
                            .limit(limit - (long) found.size())
                            .forEach(found::add);
                }
                before = page.size() < PAGE ? first : page.get(page.size() - 1).id;
            }
            return found;
        });
    }

    private record Candidate(long id, byte[] urls) {}

    /** The next rows of all hosts, newest first; each host is read along its key. */
    private static List<Candidate> candidates(Connection connection, List<byte[]> hosts, long first, long before)
            throws SQLException {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < hosts.size(); i++) {
            sql.append(i == 0 ? "" : " UNION ALL ")
                    .append("SELECT id, urls FROM (SELECT id, urls FROM task_host WHERE host = ? AND id >= ?"
                            + " AND id < ? ORDER BY id DESC LIMIT " + PAGE + ") h")
                    .append(i);
        }
        sql.append(" ORDER BY id DESC LIMIT " + PAGE);
        List<Candidate> candidates = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(sql.toString())) {
            int at = 1;
            for (byte[] host : hosts) {
                query.setBytes(at++, host);
                query.setLong(at++, first);
                query.setLong(at++, before);
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    candidates.add(new Candidate(rows.getLong(1), rows.getBytes(2)));
                }
            }
        }
        return candidates;
    }

    private static List<TaskRow> rows(Connection connection, List<Long> ids) throws SQLException {
        List<TaskRow> rows = new ArrayList<>();
        ManyRows.selectIn(
                connection,
                "SELECT " + TaskColumns.SELECTED + " FROM task t WHERE t.id IN ",
                ids,
                row -> rows.add(TaskColumns.read(row)));
        rows.sort(Comparator.comparing(TaskRow::id).reversed());
        return rows;
    }

    /** Whose host it is: few rules, so that they are matched here as everywhere. */
    private static Set<String> tenants(Connection connection, String host) throws SQLException {
        Set<String> tenants = new HashSet<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT host, tenant FROM host_rule");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                if (Target.hostMatches(Sql.text(rows, "host"), host)) {
                    tenants.add(Sql.text(rows, "tenant"));
                }
            }
        }
        return tenants;
    }
}
