// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Tenant;
import io.cdnrefresh.spi.Access;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tenants and keys as rows. */
final class AccessTables {
    private static final ManyRows.Table<Tenant> TENANTS =
            new ManyRows.Table<>("tenant", "name, limits, created_at", 3, row -> 500, (statement, first, tenant) -> {
                statement.setBytes(first, Sql.bytes(tenant.name()));
                statement.setBytes(first + 1, limits(tenant.limits()));
                statement.setLong(first + 2, tenant.createdAt().toEpochMilli());
            });

    private static final ManyRows.Table<ApiKey> KEYS = new ManyRows.Table<>(
            "api_key",
            "id, name, tenant, hosts, kinds, network_wide, grps, limits, hash, old_hash, old_until, created_at,"
                    + " expires_at",
            13,
            row -> 2_000,
            AccessTables::bind);

    private AccessTables() {}

    static void write(Connection connection, Dialect dialect, Access before, Access after) throws SQLException {
        if (before.equals(after)) {
            return;
        }
        Set<Tenant> tenants = new HashSet<>(before.tenants());
        after.tenants().forEach(tenants::remove);
        ManyRows.batch(
                connection,
                "DELETE FROM tenant WHERE name = ?",
                List.copyOf(tenants),
                (statement, first, tenant) -> statement.setBytes(first, Sql.bytes(tenant.name())));
        ManyRows.insert(connection, dialect, TENANTS, added(before.tenants(), after.tenants()));
        Set<ApiKey> keys = new HashSet<>(before.keys());
        after.keys().forEach(keys::remove);
        ManyRows.batch(
                connection,
                "DELETE FROM api_key WHERE id = ?",
                List.copyOf(keys),
                (statement, first, key) -> statement.setBytes(first, Sql.bytes(key.id())));
        ManyRows.insert(connection, dialect, KEYS, added(before.keys(), after.keys()));
    }

    private static <T> List<T> added(List<T> before, List<T> after) {
        Set<T> old = new HashSet<>(before);
        return after.stream().filter(each -> !old.contains(each)).toList();
    }

    private static void bind(PreparedStatement statement, int first, ApiKey key) throws SQLException {
        Rights rights = key.rights();
        statement.setBytes(first, Sql.bytes(key.id()));
        statement.setBytes(first + 1, Sql.bytes(key.name()));
        statement.setBytes(first + 2, Sql.bytes(key.tenant()));
        statement.setBytes(first + 3, Sql.lines(rights.hosts()));
        statement.setBytes(
                first + 4,
                Sql.lines(rights.kinds().stream().map(TaskKind::wireName).toList()));
        statement.setInt(first + 5, rights.isNetworkWide() ? 1 : 0);
        statement.setBytes(first + 6, Sql.lines(rights.groups()));
        statement.setBytes(first + 7, limits(rights.limits()));
        statement.setBytes(first + 8, Sql.bytes(key.hash()));
        statement.setBytes(first + 9, Sql.bytes(key.oldHash()));
        Sql.setNullable(statement, first + 10, key.oldUntil());
        statement.setLong(first + 11, key.createdAt().toEpochMilli());
        Sql.setNullable(statement, first + 12, key.expiresAt());
    }

    private static byte[] limits(List<RateLimit> limits) {
        return Sql.lines(limits.stream().map(RateLimit::toString).toList());
    }

    private static List<RateLimit> limits(ResultSet row) throws SQLException {
        return RateLimit.parse(String.join(" ", Sql.texts(row.getBytes("limits"))));
    }

    static Access read(Connection connection) throws SQLException {
        List<Tenant> tenants = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT * FROM tenant ORDER BY name");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                tenants.add(new Tenant(Sql.text(rows, "name"), limits(rows), Sql.instant(rows, "created_at")));
            }
        }
        List<ApiKey> keys = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT * FROM api_key ORDER BY id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                keys.add(key(rows));
            }
        }
        return new Access(tenants, keys);
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        Set<TaskKind> kinds = EnumSet.noneOf(TaskKind.class);
        Sql.texts(row.getBytes("kinds")).forEach(kind -> kinds.add(TaskKind.parse("kinds", kind)));
        Rights rights = new Rights(
                Sql.texts(row.getBytes("hosts")),
                kinds,
                row.getInt("network_wide") != 0,
                Sql.texts(row.getBytes("grps")),
                limits(row));
        return new ApiKey(
                Sql.text(row, "id"),
                Sql.text(row, "name"),
                Sql.text(row, "tenant"),
                rights,
                Sql.text(row, "hash"),
                Sql.text(row, "old_hash"),
                time(row, "old_until"),
                Sql.instant(row, "created_at"),
                time(row, "expires_at"));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        return Sql.nullableInstant(row, row.findColumn(column));
    }
}
