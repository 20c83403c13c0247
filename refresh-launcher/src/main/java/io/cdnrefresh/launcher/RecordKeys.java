// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.key;

import io.cdnrefresh.spi.ApiEndpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The keys of recording requests: {@code record.*}. */
final class RecordKeys {
    static final List<ConfigKey> KEYS = List.of(
            key(
                    "record.file",
                    ValueType.path("a file, or empty"),
                    "\"\"",
                    "Where requests of the API are recorded for refresh replay; empty = they are not."),
            key("record.sample", ValueType.percent(), "\"100%\"", "The share of requests that is recorded."),
            key(
                    "record.methods",
                    ValueType.text(
                            "methods in capitals, divided by commas, or empty",
                            text -> text.matches("([A-Z]+(,[A-Z]+)*)?")),
                    "\"\"",
                    "Which methods are recorded; empty = all."),
            key(
                    "record.path",
                    ValueType.text("what a path begins with", text -> text.startsWith("/")),
                    "\"/v1/engine/task\"",
                    "What paths that are recorded begin with; those of proxies, keys and diagnostics never are."),
            key(
                    "record.max-size",
                    ValueType.size(4096, 1L << 40),
                    "\"1GiB\"",
                    "How large the file gets; then recording ends."));

    private RecordKeys() {}

    /** The endpoint, recorded if the configuration says so. */
    static ApiEndpoint recorded(Config config, Closing parts, ApiEndpoint endpoint) {
        String file = config.text("record.file");
        if (file.isEmpty()) {
            return endpoint;
        }
        String methods = config.text("record.methods");
        return parts.add(
                "recorder",
                TrafficRecorder.start(
                        new TrafficRecorder.Settings(
                                Path.of(file),
                                config.percent("record.sample") / 100.0,
                                methods.isEmpty() ? Set.of() : Set.of(methods.split(",")),
                                config.text("record.path"),
                                config.size("record.max-size")),
                        endpoint));
    }
}
