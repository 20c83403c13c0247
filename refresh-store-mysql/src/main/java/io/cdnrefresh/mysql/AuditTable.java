// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who did what, as rows. Thread-safe. */
final class AuditTable {
    private static final int MAX_DETAIL = 1_000;

    private static final ManyRows.Table<AuditRecord> AUDIT = new ManyRows.Table<>(
            "audit", "at, actor, tenant, action, subject, detail", 6, row -> 4_000, (statement, first, row) -> {
                statement.setLong(first, row.at().toEpochMilli());
                statement.setBytes(first + 1, Sql.bytes(row.actor()));
                statement.setBytes(first + 2, Sql.bytes(row.tenant()));
                statement.setBytes(first + 3, Sql.bytes(row.action()));
                statement.setBytes(first + 4, Sql.bytes(row.subject()));
                statement.setBytes(first + 5, Sql.bytes(cut(row.detail())));
            });

    private final Database database;

    AuditTable(Database database) {
        this.database = database;
    }

    void append(List<AuditRecord> records) {
        database.write(connection -> {
            ManyRows.insert(connection, database.dialect(), AUDIT, records);
            return true;
        });
    }

    private static String cut(String detail) {
        return detail.length() <= MAX_DETAIL ? detail : detail.substring(0, MAX_DETAIL);
    }

    List<AuditFilter.Entry> newest(AuditFilter filter, long before, int limit) {
        StringBuilder sql = new StringBuilder("SELECT * FROM audit WHERE id < ?");
        List<byte[]> texts = new ArrayList<>();
        if (filter.since() != null) {
            sql.append(" AND at >= ").append(filter.since().toEpochMilli());
        }
        and(sql, texts, "actor", filter.actor());
        and(sql, texts, "action", filter.action());
        and(sql, texts, "tenant", filter.tenant());
        sql.append(" ORDER BY id DESC LIMIT ?");
        return database.read(connection -> {
            List<AuditFilter.Entry> newest = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(sql.toString())) {
                query.setLong(1, before);
                for (int i = 0; i < texts.size(); i++) {
                    query.setBytes(2 + i, texts.get(i));
                }
                query.setInt(2 + texts.size(), limit);
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        newest.add(new AuditFilter.Entry(rows.getLong("id"), audited(rows)));
                    }
                }
            }
            return newest;
        });
    }

    private static void and(StringBuilder sql, List<byte[]> texts, String column, @Nullable String text) {
        if (text != null) {
            sql.append(" AND ").append(column).append(" = ?");
            texts.add(Sql.bytes(text));
        }
    }

    private static AuditRecord audited(ResultSet row) throws SQLException {
        return new AuditRecord(
                Sql.instant(row, "at"),
                Sql.text(row, "actor"),
                Sql.text(row, "tenant"),
                Sql.text(row, "action"),
                Sql.text(row, "subject"),
                Sql.text(row, "detail"));
    }
}
