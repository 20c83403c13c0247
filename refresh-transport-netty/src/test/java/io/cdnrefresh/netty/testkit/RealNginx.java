// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import io.cdnrefresh.netty.cache.CacheSettings;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** nginx with its purge module and the shipped configuration. */
public final class RealNginx extends RealCache {
    private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_http_cache_purge_module.so");

    private final int stampPort = FreePorts.one();
    private boolean hasOpenFileCache;
    private boolean hasSlices;

    /** In front of a loopback port. */
    public RealNginx(int originPort) {
        super("nginx", originPort);
    }

    /** With {@code open_file_cache}, which the shipped configuration warns of; one worker, as each has its own. */
    public RealNginx withOpenFileCache() {
        hasOpenFileCache = true;
        return this;
    }

    /** With {@code slice}: every part of an object has a key of its own, with its range. */
    public RealNginx withSlices() {
        hasSlices = true;
        return this;
    }

    @Override
    Optional<String> missing() {
        return Files.exists(MODULE) ? missing("nginx") : Optional.of(MODULE + " is not installed");
    }

    @Override
    void prepare(Path home) throws IOException {
        install(home, "nginx.conf", home.resolve("nginx.conf"));
    }

    @Override
    String replaceMore(String text) {
        String plain = text.replace("@STAMP_PORT@", Integer.toString(stampPort));
        String shipped = hasSlices
                ? plain.replace(
                        "proxy_cache_key $refresh_key;",
                        "slice 1m;\n      proxy_set_header Range $slice_range;\n"
                                + "      proxy_cache_key \"$refresh_key $slice_range\";")
                : plain;
        return hasOpenFileCache
                ? shipped.replace("worker_processes auto;", "worker_processes 1;")
                        .replace("  server_names", "  open_file_cache max=1000;\n  server_names")
                : shipped;
    }

    @Override
    List<String> command(Path home) {
        return List.of(
                binary("nginx").orElseThrow().toString(),
                "-p",
                home.toString(),
                "-c",
                "nginx.conf",
                "-e",
                home.resolve("error.log").toString(),
                "-g",
                "daemon off;");
    }

    @Override
    void describe(CacheSettings.Builder settings, Path home) {
        settings.folder(home.resolve("cache").toString());
    }
}
