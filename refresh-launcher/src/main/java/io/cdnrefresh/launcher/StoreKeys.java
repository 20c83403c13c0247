// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.MIB;
import static io.cdnrefresh.launcher.KeyTypes.PEM;
import static io.cdnrefresh.launcher.KeyTypes.key;

import java.time.Duration;
import java.util.List;

/** The keys of what engines share: {@code store.*} and {@code coordinator.*}. */
final class StoreKeys {
    static final List<ConfigKey> KEYS = List.of(
            key(
                    "store.url",
                    ValueType.url(
                            "empty | jdbc:mysql://… | jdbc:mariadb://… | jdbc:sqlite:…",
                            true,
                            "jdbc:mysql://",
                            "jdbc:mariadb://",
                            "jdbc:sqlite:"),
                    "\"\"",
                    "Where tasks are kept; empty = SQLite in engine.data."),
            key("store.user", ValueType.word("a user name, or empty"), "\"\"", "Who logs in to the store."),
            key(
                    "store.reserve",
                    ValueType.size(0, 1024 * MIB),
                    "\"64MiB\"",
                    "Room kept on the disk of SQLite for the ends of tasks under way; new tasks are refused without it."),
            key("store.password", ValueType.hidden(), "\"\"", "The store's password; better given by the environment."),
            key(
                    "store.tls-ca",
                    PEM,
                    "\"\"",
                    "Whom to trust as MySQL or MariaDB: TLS with the server's name checked, or no connection; empty = what"
                            + " store.url says."),
            key(
                    "coordinator.url",
                    ValueType.url(
                            "empty | redis://… | redis-sentinel://… | redis-cluster://…",
                            true,
                            "redis://",
                            "rediss://",
                            "redis-sentinel://",
                            "rediss-sentinel://",
                            "redis-cluster://",
                            "rediss-cluster://"),
                    "\"\"",
                    "What engines share besides the store; empty = this engine is alone."),
            key(
                    "coordinator.timeout",
                    ValueType.duration(Duration.ofMillis(100), Duration.ofSeconds(10)),
                    "\"2s\"",
                    "How long a call to Redis may take; one that takes longer has failed."),
            key(
                    "coordinator.requests",
                    ValueType.number("100 .. 1,000,000", number -> number >= 100 && number <= 1_000_000),
                    "10000",
                    "Calls that may wait for Redis on one connection; more fail at once."),
            key(
                    "coordinator.queue-bound",
                    ValueType.number("1,000 .. 100,000,000", number -> number >= 1_000 && number <= 100_000_000),
                    "2000000",
                    "Entries of one offline queue at most; what is above it is read from the store."),
            key("coordinator.tls-ca", PEM, "\"\"", "Whom to trust as Redis over TLS; empty = whom Java trusts."));

    private StoreKeys() {}
}
