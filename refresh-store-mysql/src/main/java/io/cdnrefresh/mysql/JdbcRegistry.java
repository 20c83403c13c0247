// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Engines, devices, hosts and audit. Thread-safe. */
final class JdbcRegistry {
    private static final int MAX_ENGINES = 1_024;
    private static final int CLAIM_ATTEMPTS = 20;
    private static final DeviceState[] STATES = DeviceState.values();

    private static final ManyRows.Table<Device> DEVICES = new ManyRows.Table<>(
            "device",
            "grp, tier, state, version, since, held, hold_reason, hold_until, id, ordinal",
            10,
            row -> 5_000,
            (statement, first, device) -> bind(statement, first, device));

    private static final ManyRows.Table<HostRule> HOSTS = new ManyRows.Table<>(
            "host_rule", "host, tenant, grps, key_template, variants, schemes", 6, row -> 1_000, JdbcRegistry::bind);

    private static final ManyRows.Table<PauseRule> PAUSES = new ManyRows.Table<>(
            "pause_rule",
            "rule",
            1,
            row -> 512,
            (statement, first, rule) -> statement.setBytes(first, Sql.bytes(rule.text())));

    private final Database database;
    /** What was read last: current as long as the version is. */
    private volatile RegistrySnapshot last = RegistrySnapshot.EMPTY;

    JdbcRegistry(Database database) {
        this.database = database;
    }

    private record Holder(int id, long epoch, String owner, long leaseUntil) {
        boolean isTaken(String by, long now) {
            return !owner.equals(by) && leaseUntil > now;
        }
    }

    EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease) {
        for (int attempt = 1; ; attempt++) {
            try {
                Optional<EngineClaim> claim = database.write(connection -> tryClaim(connection, wanted, owner, lease));
                if (claim.isPresent()) {
                    return claim.get();
                }
            } catch (StoreException failed) {
                // the id was new to two engines at once; the loser looks again
                if (!Failures.isDuplicateKey(failed)) {
                    throw failed;
                }
            }
            if (attempt == CLAIM_ATTEMPTS) {
                throw new StoreException(Category.RETRYABLE, "store: engine ids are fought over", null);
            }
        }
    }

    /** Empty = somebody else was faster. */
    private Optional<EngineClaim> tryClaim(Connection connection, OptionalInt wanted, String owner, Duration lease)
            throws SQLException {
        long now = database.dialect().nowMillis(connection);
        int id = wanted.isPresent() ? wanted.getAsInt() : freeId(connection, owner, now);
        Holder holder = lock(connection, id);
        if (holder != null && holder.isTaken(owner, now)) {
            if (wanted.isEmpty()) {
                return Optional.empty();
            }
            throw new StoreException(
                    Category.PERMANENT, "engine " + id + " is claimed by " + holder.owner + " and alive", null);
        }
        long epoch = holder == null ? 1 : holder.epoch + 1;
        String sql = holder == null
                ? "INSERT INTO engine (epoch, owner, lease_until, id) VALUES (?, ?, ?, ?)"
                : "UPDATE engine SET epoch = ?, owner = ?, lease_until = ? WHERE id = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, epoch);
            statement.setBytes(2, Sql.bytes(owner));
            statement.setLong(3, now + lease.toMillis());
            statement.setInt(4, id);
            statement.executeUpdate();
        }
        return Optional.of(new EngineClaim(new EngineEpoch(id, epoch), holder != null));
    }

    private static int freeId(Connection connection, String owner, long now) throws SQLException {
        Map<Integer, Holder> holders = new HashMap<>();
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT id, epoch, owner, lease_until FROM engine ORDER BY id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                Holder holder = holder(rows);
                if (holder.owner.equals(owner)) {
                    return holder.id;
                }
                holders.put(holder.id, holder);
            }
        }
        for (int id = 0; id < MAX_ENGINES; id++) {
            Holder holder = holders.get(id);
            if (holder == null || !holder.isTaken(owner, now)) {
                return id;
            }
        }
        throw new StoreException(Category.PERMANENT, "all " + MAX_ENGINES + " engine ids are claimed", null);
    }

    private @Nullable Holder lock(Connection connection, int id) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT id, epoch, owner, lease_until FROM engine WHERE id = ?"
                        + database.dialect().updateLock())) {
            query.setInt(1, id);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? holder(row) : null;
            }
        }
    }

    private static Holder holder(ResultSet row) throws SQLException {
        return new Holder(row.getInt("id"), row.getLong("epoch"), Sql.text(row, "owner"), row.getLong("lease_until"));
    }

    boolean renewEngine(EngineClaim claim, String owner, Duration lease) {
        return database.write(connection -> {
            Holder holder = lock(connection, claim.epoch().engine());
            if (holder == null || holder.epoch != claim.epoch().epoch() || !holder.owner.equals(owner)) {
                return false;
            }
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE engine SET lease_until = ? WHERE id = ?")) {
                update.setLong(1, database.dialect().nowMillis(connection) + lease.toMillis());
                update.setInt(2, holder.id);
                update.executeUpdate();
            }
            return true;
        });
    }

    RegistrySnapshot apply(List<RegistryChange> changes) {
        if (changes.isEmpty()) {
            return load();
        }
        return database.write(connection -> {
            // the version's row is the lock of the whole registry
            RegistrySnapshot before = load(connection, database.dialect().updateLock());
            RegistrySnapshot after = before.with(changes);
            writeDevices(connection, before, after);
            writeHosts(connection, before, after);
            writePauses(connection, before, after);
            AccessTables.write(connection, database.dialect(), before.access(), after.access());
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE registry_version SET version = ? WHERE id = 1")) {
                update.setLong(1, after.version());
                update.executeUpdate();
            }
            return after;
        });
    }

    private void writeDevices(Connection connection, RegistrySnapshot before, RegistrySnapshot after)
            throws SQLException {
        int known = before.devices().size();
        List<Device> changed = new ArrayList<>();
        for (int i = 0; i < known; i++) {
            if (!before.devices().get(i).equals(after.devices().get(i))) {
                changed.add(after.devices().get(i));
            }
        }
        ManyRows.batch(
                connection,
                "UPDATE device SET grp = ?, tier = ?, state = ?, version = ?, since = ?, held = ?, hold_reason = ?,"
                        + " hold_until = ? WHERE id = ? AND ordinal = ?",
                changed,
                (statement, first, device) -> bind(statement, first, device));
        ManyRows.insert(
                connection,
                database.dialect(),
                DEVICES,
                after.devices().subList(known, after.devices().size()));
    }

    private void writeHosts(Connection connection, RegistrySnapshot before, RegistrySnapshot after)
            throws SQLException {
        Set<HostRule> old = new HashSet<>(before.hosts());
        Set<HostRule> now = new HashSet<>(after.hosts());
        List<HostRule> gone =
                before.hosts().stream().filter(rule -> !now.contains(rule)).toList();
        ManyRows.batch(
                connection,
                "DELETE FROM host_rule WHERE host = ?",
                gone,
                (statement, first, rule) -> statement.setBytes(first, Sql.bytes(rule.host())));
        ManyRows.insert(
                connection,
                database.dialect(),
                HOSTS,
                after.hosts().stream().filter(rule -> !old.contains(rule)).toList());
    }

    private void writePauses(Connection connection, RegistrySnapshot before, RegistrySnapshot after)
            throws SQLException {
        List<PauseRule> gone = new ArrayList<>(before.pauses());
        gone.removeAll(after.pauses());
        ManyRows.batch(
                connection,
                "DELETE FROM pause_rule WHERE rule = ?",
                gone,
                (statement, first, rule) -> statement.setBytes(first, Sql.bytes(rule.text())));
        List<PauseRule> added = new ArrayList<>(after.pauses());
        added.removeAll(before.pauses());
        ManyRows.insert(connection, database.dialect(), PAUSES, added);
    }

    private static void bind(PreparedStatement statement, int first, Device device) throws SQLException {
        statement.setBytes(first, Sql.bytes(device.group()));
        statement.setBytes(first + 1, Sql.bytes(device.tier()));
        statement.setInt(first + 2, TaskColumns.code(device.state()));
        statement.setBytes(first + 3, Sql.bytes(device.version()));
        statement.setLong(first + 4, device.since().toEpochMilli());
        Device.Hold hold = device.hold();
        Instant until = hold == null ? null : hold.until();
        statement.setInt(first + 5, hold == null ? 0 : 1);
        statement.setBytes(first + 6, Sql.bytes(hold == null ? "" : hold.reason()));
        if (until == null) {
            statement.setNull(first + 7, Types.BIGINT);
        } else {
            statement.setLong(first + 7, until.toEpochMilli());
        }
        statement.setBytes(first + 8, Sql.bytes(device.id()));
        statement.setInt(first + 9, device.ordinal());
    }

    private static void bind(PreparedStatement statement, int first, HostRule rule) throws SQLException {
        statement.setBytes(first, Sql.bytes(rule.host()));
        statement.setBytes(first + 1, Sql.bytes(rule.tenant()));
        statement.setBytes(first + 2, Sql.lines(rule.groups()));
        statement.setBytes(first + 3, Sql.bytes(rule.keyTemplate()));
        statement.setBytes(first + 4, Sql.lines(rule.variants()));
        statement.setBytes(first + 5, Sql.lines(rule.schemes()));
    }

    /**
     * One statement sees one moment, four do not: the version's row is locked meanwhile. While that is the one that was
     * read last, nothing else is read.
     */
    RegistrySnapshot load() {
        return database.write(connection -> load(connection, database.dialect().shareLock()));
    }

    private RegistrySnapshot load(Connection connection, String lock) throws SQLException {
        long version;
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT version FROM registry_version WHERE id = 1" + lock);
                ResultSet row = query.executeQuery()) {
            version = row.next() ? row.getLong(1) : 0;
        }
        RegistrySnapshot known = last;
        if (known.version() == version && version != 0) {
            return known;
        }
        List<Device> devices = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT * FROM device ORDER BY ordinal");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                devices.add(new Device(
                        rows.getInt("ordinal"),
                        Sql.text(rows, "id"),
                        Sql.text(rows, "grp"),
                        Sql.text(rows, "tier"),
                        STATES[rows.getInt("state")],
                        Sql.text(rows, "version"),
                        Sql.instant(rows, "since"),
                        hold(rows)));
            }
        }
        List<HostRule> hosts = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT * FROM host_rule");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                hosts.add(new HostRule(
                        Sql.text(rows, "host"),
                        Sql.text(rows, "tenant"),
                        Sql.texts(rows.getBytes("grps")),
                        Sql.text(rows, "key_template"),
                        Sql.texts(rows.getBytes("variants")),
                        Sql.texts(rows.getBytes("schemes"))));
            }
        }
        hosts.sort(Comparator.comparing(HostRule::host));
        RegistrySnapshot read =
                new RegistrySnapshot(version, devices, hosts, readPauses(connection), AccessTables.read(connection));
        last = read;
        return read;
    }

    private static Device.@Nullable Hold hold(ResultSet row) throws SQLException {
        if (row.getInt("held") == 0) {
            return null;
        }
        long until = row.getLong("hold_until");
        return new Device.Hold(Sql.text(row, "hold_reason"), row.wasNull() ? null : Instant.ofEpochMilli(until));
    }

    private static List<PauseRule> readPauses(Connection connection) throws SQLException {
        List<PauseRule> pauses = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT rule FROM pause_rule ORDER BY rule");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                pauses.add(PauseRule.parse(Sql.text(rows, "rule")));
            }
        }
        return pauses;
    }
}
