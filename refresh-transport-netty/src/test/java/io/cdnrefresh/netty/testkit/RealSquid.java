// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import io.cdnrefresh.netty.cache.CacheSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Squid with the shipped configuration. */
public final class RealSquid extends RealCache {
    private static final int CREATE_SECONDS = 60;

    /** In front of a loopback port. */
    public RealSquid(int originPort) {
        super("squid", originPort);
    }

    @Override
    Optional<String> missing() {
        return missing("squid");
    }

    @Override
    void prepare(Path home) throws IOException {
        install(home, "squid.conf", home.resolve("squid.conf"));
        install(home, "store-id.sh", home.resolve("store-id.sh"));
        Process create = new ProcessBuilder(squid(home, "-z"))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("create.log").toFile())
                .start();
        try {
            if (!create.waitFor(CREATE_SECONDS, TimeUnit.SECONDS) || create.exitValue() != 0) {
                create.destroyForcibly();
                throw new IOException("squid -z failed in " + home);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    List<String> command(Path home) {
        return squid(home, "-d1");
    }

    /** Its shared memory belongs to a machine-wide name: each gets its own, whatever a crashed one left behind. */
    private String service() {
        return "refresh" + port();
    }

    @Override
    void cleanUp() throws IOException {
        Path sharedMemory = Path.of("/dev/shm");
        if (Files.isDirectory(sharedMemory)) {
            try (DirectoryStream<Path> mine = Files.newDirectoryStream(sharedMemory, service() + "-*")) {
                for (Path file : mine) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Override
    void describe(CacheSettings.Builder settings, Path home) {
        settings.folder(home.resolve("cache").toString());
    }

    private List<String> squid(Path home, String option) {
        return List.of(
                binary("squid").orElseThrow().toString(),
                "-n",
                service(),
                "-N",
                option,
                "-f",
                home.resolve("squid.conf").toString());
    }
}
