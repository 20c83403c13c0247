// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where the configuration is. */
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "Configuration in TOML.")
    @Nullable
    Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one key; repeatable.")
    List<String> overrides = new ArrayList<>();

    /** Reads file, environment and options. */
    Config load() {
        return load(List.of());
    }

    /** The same with caches named on the command line. */
    Config load(List<String> caches) {
        return ConfigLoader.load(file, System.getenv(), overrides, caches);
    }
}
