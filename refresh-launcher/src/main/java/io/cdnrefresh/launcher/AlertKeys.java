// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.live;

import java.time.Duration;
import java.util.List;

/** The keys of where alerts go: {@code alert.*}. */
final class AlertKeys {
    static final List<ConfigKey> KEYS = List.of(
            live("alert.log", ValueType.bool(), "true", "Whether alerts are written to the log."),
            live(
                    "alert.url",
                    ValueType.url("empty | http://… | https://…", true, "http://", "https://"),
                    "\"\"",
                    "Who gets alerts by POST, such as http://127.0.0.1:9093/api/v2/alerts; empty = nobody."),
            live(
                    "alert.format",
                    ValueType.oneOf("alertmanager", "json"),
                    "\"alertmanager\"",
                    "How: as Prometheus's Alertmanager takes them (API v2), or as plain objects."),
            live("alert.token", ValueType.hidden(), "\"\"", "Sent to it as bearer token; empty = none."),
            live(
                    "alert.timeout",
                    ValueType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    "\"5s\"",
                    "How long it may take to answer; then it is tried again."));

    private AlertKeys() {}
}
