// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import io.cdnrefresh.netty.cache.CacheSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Traffic Server with the shipped configuration below a folder of its own. */
public final class RealAts extends RealCache {
    private static final Path PLUGIN = Path.of("/usr/lib/trafficserver/modules/header_rewrite.so");

    /** In front of a loopback port. */
    public RealAts(int originPort) {
        super("ats", originPort);
    }

    @Override
    Optional<String> missing() {
        return Files.exists(PLUGIN) ? missing("traffic_manager") : Optional.of(PLUGIN + " is not installed");
    }

    @Override
    void prepare(Path home) throws IOException {
        for (String folder : List.of("etc", "share", "run", "log", "cache", "rules")) {
            writable(home.resolve(folder));
        }
        for (String file : List.of(
                "records.config",
                "remap.config",
                "parent.config",
                "plugin.config",
                "refresh.config",
                "storage.config",
                "ip_allow.yaml")) {
            install(home, file, home.resolve("etc").resolve(file));
        }
        install(home, "runroot.yaml", home.resolve("runroot.yaml"));
    }

    /** {@code -Drefresh.ats.disk=2G} for tests with more objects than the shipped example has room for. */
    @Override
    String replaceMore(String text) {
        return text.replace("/cache 512M", "/cache " + System.getProperty("refresh.ats.disk", "512M"));
    }

    @Override
    List<String> command(Path home) {
        return List.of(
                binary("traffic_manager").orElseThrow().toString(),
                "--run-root=" + home.resolve("runroot.yaml"),
                "--nosyslog");
    }

    @Override
    void describe(CacheSettings.Builder settings, Path home) {
        settings.rules(home.resolve("rules/refresh.config").toString())
                .reload(List.of(
                        binary("traffic_ctl").orElseThrow().toString(),
                        "--run-root=" + home.resolve("runroot.yaml"),
                        "config",
                        "reload"));
    }
}
