// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
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

/** Finds tasks by id and by URL. Thread-safe. */
final class TaskReader {
    /** Hosts' rows that are looked at in one round of an explanation. */
    private static final int PAGE = 4_096;

    /** Tasks that are in memory at once with all their targets. */
    private static final int WHOLE_ROWS = 32;

    /** By how much the clock of an id may be behind the time of acceptance. */
    private static final Duration ID_SLACK = Duration.ofMinutes(1);

    private final Database database;

    TaskReader(Database database) {
        this.database = database;
    }

    Optional<TaskRow> find(TaskId id) {
        return findAll(List.of(id)).stream().findFirst();
    }

    List<TaskRow> findAll(List<TaskId> ids) {
        return ids.isEmpty()
                ? List.of()
                : database.read(connection ->
                        rows(connection, ids.stream().map(TaskId::value).toList()));
    }

    /** Ids carry their time, so that a time bounds them. */
    static long firstId(@Nullable Instant since) {
        if (since == null) {
            return 0;
        }
        long millis = since.minus(ID_SLACK).toEpochMilli() - TaskId.EPOCH_MILLIS;
        return millis <= 0 ? 0 : millis >= 1L << 41 ? Long.MAX_VALUE : millis << 22;
    }

    List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
        List<byte[]> hosts = new ArrayList<>();
        TaskCoverage.hostPatterns(url.host()).forEach(host -> hosts.add(Sql.bytes(host)));
        hosts.add(new byte[0]);
        int exact = TaskColumns.hash(url, QueryRule.EXACT);
        int ignoring = TaskColumns.hash(url, QueryRule.IGNORE);
        long first = firstId(filter.since());
        return database.read(connection -> {
            Set<String> tenants = tenants(connection, url.host());
            List<TaskHead> found = new ArrayList<>();
            long before = Long.MAX_VALUE;
            while (found.size() < limit && before > first) {
                List<Candidate> page = candidates(connection, hosts, new Window(first, before), exact, ignoring);
                Set<Long> ids = new HashSet<>();
                for (Candidate candidate : page) {
                    if (TaskColumns.mayCover(candidate.urls, exact, ignoring)) {
                        ids.add(candidate.id);
                    }
                }
                List<Long> sorted =
                        ids.stream().sorted(Comparator.reverseOrder()).toList();
                for (int from = 0; from < sorted.size() && found.size() < limit; from += WHOLE_ROWS) {
                    List<Long> part = sorted.subList(from, Math.min(sorted.size(), from + WHOLE_ROWS));
                    rows(connection, part).stream()
                            .filter(filter::matches)
                            .filter(row -> TaskCoverage.covers(row.task(), url, tenants))
                            .limit(limit - (long) found.size())
                            .map(TaskHead::of)
                            .forEach(found::add);
                }
                before = page.size() < PAGE ? first : page.get(page.size() - 1).id;
            }
            return found;
        });
    }

    private record Candidate(long id, byte[] urls) {}

    /** Ids from the first on, below the other. */
    private record Window(long first, long before) {}

    /**
     * The next rows of all hosts, newest first; each host is read along its key. The server leaves out what does not hold
     * the bytes of a hash; bytes of two neighbours that look like one are found out later.
     */
    private static List<Candidate> candidates(
            Connection connection, List<byte[]> hosts, Window window, int exact, int ignoring) throws SQLException {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < hosts.size(); i++) {
            sql.append(i == 0 ? "" : " UNION ALL ")
                    .append("SELECT id, urls FROM (SELECT id, urls FROM task_host WHERE host = ? AND id >= ?"
                            + " AND id < ? AND (LENGTH(urls) = 0 OR INSTR(urls, ?) > 0 OR INSTR(urls, ?) > 0)"
                            + " ORDER BY id DESC LIMIT " + PAGE + ") h")
                    .append(i);
        }
        sql.append(" ORDER BY id DESC LIMIT " + PAGE);
        List<Candidate> candidates = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(sql.toString())) {
            int at = 1;
            for (byte[] host : hosts) {
                query.setBytes(at++, host);
                query.setLong(at++, window.first);
                query.setLong(at++, window.before);
                query.setBytes(at++, Sql.bytes(exact));
                query.setBytes(at++, Sql.bytes(ignoring));
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
        TaskRowReader reader = new TaskRowReader();
        ManyRows.selectIn(
                connection,
                "SELECT " + TaskRowReader.SELECTED + " FROM task t WHERE t.id IN ",
                ids,
                row -> rows.add(reader.read(row)));
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
