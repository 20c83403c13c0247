// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.DeposedException;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.SharedStore.TakeOver;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fences engines whose claim has run out, and moves what they leave to one that lives. Thread-safe. */
final class EngineSweep {
    /* Implementation notes.
     * 1. The rows of one engine go to one other, by rising id: it brings them into memory in that order, so that a preload
     *    stays behind the refreshes that its engine had answered before it.
     * 2. A moved row waits like a scheduled one that is due. Its version is the last one below the new owner's epoch: the
     *    new owner's first write is newer, the old owner's last one is not, and the new owner sees that another life of an
     *    engine has written it, so that it tells an end again that may not have been told.
     * 3. Locks are taken in one order: leader, own engine, dead engine, tasks. A sweep does not wait for those that a dead
     *    engine still holds, since its leader has its own claim to renew: it tries again with the next call.
     */
    private static final int PAGE = 1_000;

    private final Database database;

    EngineSweep(Database database) {
        this.database = database;
    }

    /** A row of {@code engine}. */
    private record Engine(int id, long epoch, boolean isHeld, long leaseUntil, boolean hasTasks) {
        boolean isAlive(long now) {
            return isHeld && leaseUntil > now;
        }
    }

    /** What one transaction did; {@code fenced} null = the engine was fenced before. */
    private record Step(@Nullable EngineEpoch fenced, int moved) {}

    long nextToken(EngineEpoch caller) {
        return database.write(connection -> {
            long next = token(connection, database.dialect().updateLock()) + 1;
            Fence.check(connection, database.dialect(), caller);
            try (PreparedStatement update = connection.prepareStatement("UPDATE leader SET token = ? WHERE id = 1")) {
                update.setLong(1, next);
                update.executeUpdate();
            }
            return next;
        });
    }

    private static long token(Connection connection, String lock) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT token FROM leader WHERE id = 1" + lock);
                ResultSet row = query.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** The first thing of every transaction of a leader: nobody gets a newer token until the commit. */
    static void requireLeader(Connection connection, Dialect dialect, Leadership leader) throws SQLException {
        requireLeader(connection, dialect, leader, dialect.shareLock());
    }

    private static void requireLeader(Connection connection, Dialect dialect, Leadership leader, String lock)
            throws SQLException {
        long current = token(connection, lock);
        if (current != leader.token()) {
            throw new DeposedException(leader, current);
        }
        Fence.check(connection, dialect, leader.engine());
    }

    /** Leaves the leader's mark. */
    private void sign(Connection connection, Leadership leader) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE leader SET swept_token = ?, swept_at = ? WHERE id = 1")) {
            update.setLong(1, leader.token());
            update.setLong(2, database.dialect().nowMillis(connection));
            update.executeUpdate();
        }
    }

    TakeOver takeOver(Leadership leader) {
        List<Engine> living = new ArrayList<>();
        List<Engine> dead = new ArrayList<>();
        database.write(connection -> {
            requireLeader(
                    connection, database.dialect(), leader, database.dialect().updateLock());
            sign(connection, leader);
            living.clear();
            dead.clear();
            look(connection, living, dead);
            return true;
        });
        List<EngineEpoch> fenced = new ArrayList<>();
        int tasks = 0;
        for (Engine engine : dead) {
            Engine heir = heir(engine.id, living);
            Step step;
            do {
                step = database.write(connection -> {
                    requireLeader(connection, database.dialect(), leader);
                    return sweep(connection, engine.id, heir);
                });
                if (step.fenced != null) {
                    fenced.add(step.fenced);
                }
                tasks += step.moved;
            } while (step.moved == PAGE);
        }
        return new TakeOver(fenced, tasks);
    }

    int handOver(EngineEpoch leaving) {
        List<Engine> living = new ArrayList<>();
        database.write(connection -> {
            Fence.check(connection, database.dialect(), leaving);
            living.clear();
            look(connection, living, new ArrayList<>());
            return true;
        });
        living.removeIf(engine -> engine.id == leaving.engine());
        Engine heir = heir(leaving.engine(), living);
        if (heir == null) {
            return -1;
        }
        int tasks = 0;
        int moved;
        do {
            moved = database.write(connection -> {
                Fence.check(connection, database.dialect(), leaving);
                int count = move(connection, leaving.engine(), heir);
                if (count < PAGE) {
                    end(connection, leaving.engine(), leaving.epoch());
                }
                return count;
            });
            tasks += moved;
        } while (moved == PAGE);
        return tasks;
    }

    private static @Nullable Engine heir(int of, List<Engine> living) {
        return living.isEmpty() ? null : living.get(of % living.size());
    }

    /** Those that live; and those that do not and have something left: a claim or tasks. */
    private void look(Connection connection, List<Engine> living, List<Engine> dead) throws SQLException {
        long now = database.dialect().nowMillis(connection);
        try (PreparedStatement query = connection.prepareStatement(
                        "SELECT id, epoch, owner, lease_until, EXISTS (SELECT 1 FROM task t WHERE t.engine = e.id AND"
                                + " t.gone_at IS NULL) FROM engine e ORDER BY id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                Engine engine = engine(rows, rows.getBoolean(5));
                if (engine.isAlive(now)) {
                    living.add(engine);
                } else if (engine.isHeld || engine.hasTasks) {
                    dead.add(engine);
                }
            }
        }
    }

    private static Engine engine(ResultSet row, boolean hasTasks) throws SQLException {
        return new Engine(row.getInt(1), row.getLong(2), !Sql.text(row, "owner").isEmpty(), row.getLong(4), hasTasks);
    }

    private Step sweep(Connection connection, int id, @Nullable Engine heir) throws SQLException {
        Engine engine;
        try (PreparedStatement query =
                connection.prepareStatement("SELECT id, epoch, owner, lease_until FROM engine WHERE id = ?"
                        + database.dialect().updateLockNow())) {
            query.setInt(1, id);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return new Step(null, 0);
                }
                engine = engine(row, true);
            }
        }
        if (engine.isAlive(database.dialect().nowMillis(connection))) {
            return new Step(null, 0); // it is back
        }
        if (engine.isHeld) {
            end(connection, id, engine.epoch);
        }
        int moved = heir == null ? 0 : move(connection, id, heir);
        return new Step(engine.isHeld ? new EngineEpoch(id, engine.epoch) : null, moved);
    }

    /** Raises the epoch, and frees the id for whoever claims it next. */
    private static void end(Connection connection, int id, long epoch) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE engine SET epoch = ?, owner = ?, lease_until = 0 WHERE id = ?")) {
            update.setLong(1, epoch + 1);
            update.setBytes(2, new byte[0]);
            update.setInt(3, id);
            update.executeUpdate();
        }
    }

    private int move(Connection connection, int from, Engine heir) throws SQLException {
        List<Long> ids = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT id FROM task WHERE engine = ? AND gone_at IS NULL ORDER BY id LIMIT " + PAGE
                        + database.dialect().updateLock())) {
            query.setInt(1, from);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
        }
        long version = new EngineEpoch(heir.id, heir.epoch).version(0) - 1; // note 2
        ManyRows.executeIn(
                connection,
                "UPDATE task SET engine = " + heir.id + ", owner_epoch = " + heir.epoch
                        + ", claim_epoch = 0, version = "
                        + version + ", wake_at = COALESCE(wake_at, "
                        + database.dialect().nowMillis(connection) + ") WHERE id IN ",
                ids);
        return ids.size();
    }
}
