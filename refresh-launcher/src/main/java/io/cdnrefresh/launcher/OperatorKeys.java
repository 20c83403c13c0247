// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.HOST;
import static io.cdnrefresh.launcher.KeyTypes.key;

import java.time.Duration;
import java.util.List;

/** The keys of who may do what, of what an operator looks at and of small places. */
final class OperatorKeys {
    static final List<ConfigKey> KEYS = List.of(
            key(
                    "gate.max-red",
                    ValueType.percent(),
                    "\"10%\"",
                    "The largest share of a group kept out of service while it catches up; one device always may be."),
            key(
                    "gate.max-wait",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"5m\"",
                    "How long a node may be out of service while it catches up; then it serves unproven, with an alert."),
            key(
                    "gate.isolation",
                    ValueType.oneOf("serve", "withdraw"),
                    "\"serve\"",
                    "What a node does that is cut off from every engine for 30 s."),
            key("admin.host", HOST, "\"127.0.0.1\"", "Reserved for the engine's /debug/*; nothing listens there yet."),
            key(
                    "admin.port",
                    ValueType.port(),
                    "9184",
                    "Reserved for the engine's /debug/*; nothing listens there yet."),
            key(
                    "diag.lock-limit",
                    ValueType.duration(Duration.ZERO, Duration.ofHours(1)),
                    "\"0s\"",
                    "A lock that is held for longer raises an alert; 0s = locks are not traced, which is cheaper."),
            key(
                    "standalone.cache-port",
                    ValueType.port(),
                    "9186",
                    "Where standalone runs its small cache when no cache is named."),
            key("log.level", ValueType.oneOf("error", "warn", "info", "debug"), "\"info\"", "How much is logged."));

    private OperatorKeys() {}
}
