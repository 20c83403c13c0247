// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.cdnrefresh.diag.LockOwner;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.SharedStore;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Tasks and registry in MySQL, MariaDB or SQLite. Thread-safe; blocking; see the SPIs for what each call promises.
 *
 * <p>The driver is whatever the class path has for the URL. A server that is down makes calls fail with RETRYABLE, at
 * start as later; nothing is asked of it before the first call. That call also brings the schema up to date.
 */
public final class JdbcStore
        implements TaskStore, TaskQueries, RegistryStore, SharedStore, CallbackStore.Owner, LockOwner, MetricSource {
    private final Database database;
    private final int maxWriters;
    private final TaskInserts inserts;
    private final TaskUpdates updates;
    private final TaskClaims claims;
    private final TaskRetention retention;
    private final TaskReader reader;
    private final TaskLists lists;
    private final JdbcRegistry registry;
    private final AuditTable audit;
    private final EngineSweep sweep;
    private final JdbcCallbacks callbacks;

    private JdbcStore(Database database, int maxWriters) {
        this.database = database;
        this.maxWriters = maxWriters;
        updates = new TaskUpdates(database);
        inserts = new TaskInserts(database, updates);
        claims = new TaskClaims(database);
        retention = new TaskRetention(database);
        reader = new TaskReader(database);
        lists = new TaskLists(database);
        registry = new JdbcRegistry(database);
        audit = new AuditTable(database);
        sweep = new EngineSweep(database);
        callbacks = new JdbcCallbacks(database);
    }

    /** Starts the making of a store. */
    public static Builder builder() {
        return new Builder();
    }

    /** The settings are read once, when the store is first reached, and each is logged then. */
    @Override
    public List<String> durabilityWarnings() {
        return database.durabilityWarnings();
    }

    /** For the engine's ledger of locks. */
    @Override
    public List<TracedLock> locks() {
        return List.of(claims.claimLock, database.readyLock);
    }

    @Override
    public int maxWriters() {
        return maxWriters;
    }

    @Override
    public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
        return inserts.insert(caller, rows, List.of());
    }

    @Override
    public void update(EngineEpoch caller, List<TaskUpdate> newer) {
        updates.update(caller, newer);
    }

    @Override
    public List<InsertOutcome> write(EngineEpoch caller, List<TaskRow> rows, List<TaskUpdate> newer) {
        return inserts.insert(caller, rows, newer);
    }

    @Override
    public List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        return claims.claimDue(caller, now, limit);
    }

    @Override
    public List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        return claims.recover(caller, after, limit);
    }

    @Override
    public int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        return retention.retire(caller, finalBefore, limit);
    }

    @Override
    public long nextToken(EngineEpoch caller) {
        return sweep.nextToken(caller);
    }

    @Override
    public TakeOver takeOver(Leadership leader) {
        return sweep.takeOver(leader);
    }

    @Override
    public int handOver(EngineEpoch leaving) {
        return sweep.handOver(leaving);
    }

    @Override
    public int retire(Leadership leader, Instant finalBefore, int limit) {
        return retention.retire(leader, finalBefore, limit);
    }

    @Override
    public Optional<TaskRow> find(TaskId id) {
        return reader.find(id);
    }

    @Override
    public List<TaskRow> findAll(List<TaskId> ids) {
        return reader.findAll(ids);
    }

    @Override
    public List<TaskHead> list(TaskFilter filter, long before, int limit) {
        return lists.list(filter, before, limit);
    }

    @Override
    public List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
        return reader.explain(url, filter, limit);
    }

    @Override
    public EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease) {
        return registry.claimEngine(wanted, owner, lease);
    }

    @Override
    public boolean renewEngine(EngineClaim claim, String owner, Duration lease) {
        return registry.renewEngine(claim, owner, lease);
    }

    @Override
    public RegistrySnapshot apply(List<RegistryChange> changes) {
        return registry.apply(changes);
    }

    @Override
    public RegistrySnapshot load() {
        return registry.load();
    }

    @Override
    public void audit(List<AuditRecord> records) {
        audit.append(records);
    }

    @Override
    public List<AuditFilter.Entry> auditLog(AuditFilter filter, long before, int limit) {
        return audit.newest(filter, before, limit);
    }

    @Override
    public CallbackStore callbacks() {
        return callbacks;
    }

    /** How its pools of connections stand; nothing of a data source that was given. */
    @Override
    public List<Metric> metrics() {
        return database.metrics();
    }

    /** Closes the pools that this store has made; a given data source stays open. */
    @Override
    public void close() {
        database.close();
    }

    /** Collects what a store needs. Not thread-safe. */
    public static final class Builder {
        private static final String SQLITE = "jdbc:sqlite:";

        private @Nullable String url;
        private @Nullable DataSource dataSource;
        private @Nullable String user;
        private @Nullable String password;
        private @Nullable Path authority;
        private int writers = 4;
        private int readers = 4;
        private Duration connectTimeout = Duration.ofSeconds(3);
        private boolean migrate = true;
        private long reserveBytes;
        private EngineClock clock = EngineClock.system();

        private Builder() {}

        /** Where the store is: {@code jdbc:sqlite:FILE}, {@code jdbc:mysql:...} or {@code jdbc:mariadb:...}. */
        public Builder url(String value) {
            boolean isKnown =
                    value.startsWith(SQLITE) || value.startsWith("jdbc:mysql:") || value.startsWith("jdbc:mariadb:");
            if (!isKnown || value.equals(SQLITE) || value.contains(":memory:")) {
                // may hold a password, so that it is not repeated
                throw new IllegalArgumentException(
                        "url: not usable (expected: jdbc:sqlite:FILE, jdbc:mysql:... or jdbc:mariadb:...)");
            }
            url = value;
            return this;
        }

        /** The embedder's own pool, of a MySQL or MariaDB server; it stays the embedder's to close. */
        public Builder dataSource(DataSource value) {
            dataSource = requireNonNull(value, "dataSource");
            return this;
        }

        /** The name to log in with; by default what the URL says. */
        public Builder user(String value) {
            user = value;
            return this;
        }

        /** The password to log in with; by default what the URL says. */
        public Builder password(String value) {
            password = value;
            return this;
        }

        /**
         * The authorities, as PEM, one of which has to vouch for the server, under the name that the URL gives it: TLS, or no
         * connection. By default TLS is what the URL says. MariaDB's driver reads the file at each connect, Connector/J once.
         */
        public Builder trust(Path pem) {
            authority = requireNonNull(pem, "pem");
            return this;
        }

        /** How many threads may write at once: a power of two, 1 to 64, default 4. SQLite always has one. */
        public Builder writers(int value) {
            if (value < 1 || value > 64 || Integer.bitCount(value) != 1) {
                throw new IllegalArgumentException("writers: " + value + " (expected: a power of two, 1..64)");
            }
            writers = value;
            return this;
        }

        /** How many connections read at once: 3 to 64, default 4. */
        public Builder readers(int value) {
            if (value < 3 || value > 64) {
                throw new IllegalArgumentException("readers: " + value + " (expected: 3..64)");
            }
            readers = value;
            return this;
        }

        /** How long a call waits for a connection: 250 ms to 1 min, default 3 s. */
        public Builder connectTimeout(Duration value) {
            if (value.compareTo(Duration.ofMillis(250)) < 0 || value.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("connectTimeout: " + value + " (expected: 250ms to 1m)");
            }
            connectTimeout = value;
            return this;
        }

        /** Whether the store brings its schema up to date; by default yes. The scripts are in docs/schema.md. */
        public Builder migrate(boolean value) {
            migrate = value;
            return this;
        }

        /**
         * Room that is kept on the disk of SQLite for the ends of tasks under way: 0 to 1 GiB, default 0 = none. A file of
         * that size beside the database, deleted when the disk is full; until it can be written again, new tasks are
         * refused. Servers have their own disks.
         */
        public Builder reserveBytes(long value) {
            if (value < 0 || value > 1L << 30) {
                throw new IllegalArgumentException("reserveBytes: " + value + " (expected: 0..1073741824)");
            }
            reserveBytes = value;
            return this;
        }

        /** The clock for leases and the age of keys of SQLite; servers have their own. */
        public Builder clock(EngineClock value) {
            clock = requireNonNull(value, "clock");
            return this;
        }

        /**
         * The store. Asks nothing of the server yet.
         *
         * @throws IllegalArgumentException unless exactly one of url and data source is given
         */
        public JdbcStore build() {
            if ((url == null) == (dataSource == null)) {
                throw new IllegalArgumentException("store: " + (url == null ? "no" : "both") + " url and data source"
                        + " (expected: exactly one of them)");
            }
            if (dataSource != null) {
                return new JdbcStore(new Database(dataSource, dataSource, false, migrate, new MySqlDialect()), writers);
            }
            boolean isSqlite = requireNonNull(url).startsWith(SQLITE);
            Dialect dialect = isSqlite ? new SqliteDialect(clock, reserve(url)) : new MySqlDialect();
            int maxWriters = isSqlite ? 1 : writers;
            HikariDataSource writes = Pools.open(pool("store-w", maxWriters), isSqlite, true);
            HikariDataSource reads = Pools.open(pool("store-r", readers), isSqlite, false);
            return new JdbcStore(new Database(writes, reads, true, migrate, dialect), maxWriters);
        }

        private @Nullable Reserve reserve(String sqlite) {
            String name = sqlite.substring(SQLITE.length()).replaceFirst("\\?.*", "");
            return reserveBytes == 0 ? null : new Reserve(Path.of(name + ".reserve"), reserveBytes);
        }

        private HikariConfig pool(String name, int size) {
            HikariConfig config = new HikariConfig();
            config.setPoolName(name);
            config.setJdbcUrl(url);
            if (user != null) {
                config.setUsername(user);
            }
            if (password != null) {
                config.setPassword(password);
            }
            config.setMaximumPoolSize(size);
            config.setConnectionTimeout(connectTimeout.toMillis());
            if (authority != null) {
                ServerTrust.demand(config, authority);
            }
            return config;
        }
    }
}
