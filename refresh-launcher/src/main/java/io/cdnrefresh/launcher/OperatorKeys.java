// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.HOST;
import static io.cdnrefresh.launcher.KeyTypes.MIB;
import static io.cdnrefresh.launcher.KeyTypes.key;
import static io.cdnrefresh.launcher.KeyTypes.live;

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
                    "How long a node may be out of service while it catches up; then it serves unproven, with an"
                            + " alert."),
            key(
                    "gate.isolation",
                    ValueType.oneOf("serve", "withdraw"),
                    "\"serve\"",
                    "What a node does that is cut off from every engine for 30 s."),
            key("admin.host", HOST, "\"127.0.0.1\"", "Where the engine's /debug/* listens."),
            key(
                    "admin.port",
                    ValueType.port(),
                    "9184",
                    "Where the engine's /debug/* listens; if this default is taken, the engine does without."),
            key(
                    "admin.token",
                    ValueType.hidden(),
                    "\"\"",
                    "Who knows it may use /debug/* of engine and proxy; needed where that faces the network."),
            key("admin.heap-dump", ValueType.bool(), "false", "Whether /debug/dump may write the heap to a file."),
            key("admin.dump-folder", ValueType.path("a folder"), "\"./refresh-data\"", "Where that file is put."),
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
            key(
                    "log.format",
                    ValueType.oneOf("text", "json"),
                    "\"text\"",
                    "How lines are written: for people, or one JSON object each (docs/logging.md)."),
            key("log.file", ValueType.path("a file, or empty"), "\"\"", "Where; empty = standard error."),
            key(
                    "log.file-size",
                    ValueType.size(64 << 10, 1024 * MIB),
                    "\"100MiB\"",
                    "A log file of this size becomes FILE.1, that one FILE.2 and so on."),
            key(
                    "log.files",
                    ValueType.number("0 .. 1,000", count -> count >= 0 && count <= 1_000),
                    "10",
                    "So many older log files are kept."),
            live(
                    "log.traces",
                    ValueType.bool(),
                    "true",
                    "Whether the stages of traced tasks are logged: of 100 a second, and of those whose traceparent"
                            + " asks for it."),
            live("log.level", ValueType.oneOf("error", "warn", "info", "debug"), "\"info\"", "How much is logged."));

    private OperatorKeys() {}
}
