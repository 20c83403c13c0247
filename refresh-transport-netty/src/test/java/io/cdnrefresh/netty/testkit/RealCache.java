// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.cache.CacheSettings;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * An installed cache server as a child process on a loopback port, in a folder of its own, with exactly the configuration
 * that is shipped in {@code examples/caches}. Works as root, too, where the servers change to a user of their own.
 *
 * <p>Where the server is not installed {@link #start} skips the test with the reason; with {@code
 * REFRESH_REQUIRE_CACHES=true} (environment or system property) it fails instead.
 *
 * <p>Not thread-safe.
 */
public abstract class RealCache implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final int STOP_SECONDS = 10;

    private final String name;
    private final int originPort;
    private final int port = FreePorts.one();
    private String proxyAddress = "127.0.0.1";
    private @Nullable Path folder;
    private @Nullable Process process;

    RealCache(String name, int originPort) {
        this.name = name;
        this.originPort = originPort;
    }

    /**
     * A cache in front of an origin at a loopback port, not yet started.
     *
     * @param driver {@code ats}, {@code varnish}, {@code nginx} or {@code squid}
     */
    public static RealCache of(String driver, int originPort) {
        return switch (driver) {
            case "ats" -> new RealAts(originPort);
            case "varnish" -> new RealVarnish(originPort);
            case "nginx" -> new RealNginx(originPort);
            case "squid" -> new RealSquid(originPort);
            default ->
                throw new IllegalArgumentException("driver: " + driver + " (expected: ats, varnish, nginx, squid)");
        };
    }

    /** The address that may purge and probe; 127.0.0.1 unless told otherwise. */
    public final RealCache proxyAddress(String proxyAddress) {
        this.proxyAddress = proxyAddress;
        return this;
    }

    /** Starts it, the first time in an empty folder, later on its old disk, and waits until it serves and stores. */
    public final RealCache start() {
        Path home = folder == null ? create() : folder;
        try {
            process = new ProcessBuilder(command(home))
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            home.resolve("out.log").toFile()))
                    .start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        await(name + " in " + home).atMost(START_TIMEOUT).ignoreExceptions().until(this::stores);
        return this;
    }

    /** The first writes after a start may be missed by some: ready is who keeps what was asked for. */
    private boolean stores() {
        if (process != null && !process.isAlive()) {
            throw new IllegalStateException(name + " ended: " + log());
        }
        String path = "/ready-" + System.nanoTime();
        PlainHttp.get(port, "ready.test", path);
        return PlainHttp.send(port, "GET", "ready.test", path, "Cache-Control: only-if-cached", "X-Refresh-Probe: 1")
                        .status()
                != (proxyAddress.equals("127.0.0.1") ? 504 : 0);
    }

    /** The port for clients. */
    public final int port() {
        return port;
    }

    /** Settings of the driver for this cache. */
    public final CacheSettings.Builder settings() {
        CacheSettings.Builder settings = CacheSettings.builder(name, "http://127.0.0.1:" + port);
        if (folder != null) {
            describe(settings, folder);
        }
        return settings;
    }

    /** Adds what the driver must know of the cache's files. */
    void describe(CacheSettings.Builder settings, Path home) {}

    /** The folder that it lives in. */
    public final Path folder() {
        return java.util.Objects.requireNonNull(folder, "not started");
    }

    /** Ends it as its operator would. */
    public final void stop() {
        end(ProcessHandle::destroy);
    }

    /** Ends it and all its children at once, as a crash would. */
    public final void kill() {
        end(ProcessHandle::destroyForcibly);
    }

    private void end(Consumer<ProcessHandle> how) {
        Process running = process;
        process = null;
        if (running == null) {
            return;
        }
        List<ProcessHandle> children = running.descendants().toList();
        how.accept(running.toHandle());
        try {
            if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
        children.forEach(child -> child.onExit().join());
    }

    /** Stops it and removes its folder. */
    @Override
    public final void close() {
        kill();
        Path home = folder;
        folder = null;
        if (home == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(home)) {
            cleanUp();
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What it wrote to its standard output. */
    public final String log() {
        try {
            return folder == null ? "" : Files.readString(folder.resolve("out.log"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private Path create() {
        missing().ifPresent(RealCache::skip);
        try {
            Path home = Files.createTempDirectory("refresh-" + name);
            folder = home;
            writable(home);
            prepare(home);
            return home;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void skip(String reason) {
        String required = System.getProperty("REFRESH_REQUIRE_CACHES", System.getenv("REFRESH_REQUIRE_CACHES"));
        if ("true".equals(required)) {
            throw new AssertionError("REFRESH_REQUIRE_CACHES: " + reason);
        }
        Assumptions.abort(reason);
    }

    /** The reason why it cannot be started here, if there is one. */
    abstract Optional<String> missing();

    /** Fills the empty folder. */
    abstract void prepare(Path home) throws IOException;

    abstract List<String> command(Path home);

    /** Removes what it left outside its folder. */
    void cleanUp() throws IOException {}

    /** Writes a shipped file with its placeholders replaced. */
    final void install(Path home, String file, Path target) throws IOException {
        String text = Files.readString(examples().resolve(name).resolve(file))
                .replace("@DIR@", home.toString())
                .replace("@PORT@", Integer.toString(port))
                .replace("@PROXY@", proxyAddress)
                .replace("@ORIGIN_HOST@", "127.0.0.1")
                .replace("@ORIGIN_PORT@", Integer.toString(originPort));
        Files.writeString(target, replaceMore(text));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    String replaceMore(String text) {
        return text;
    }

    static void writable(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private static Path examples() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("examples/caches");
            if (Files.isDirectory(found)) {
                return found;
            }
        }
        throw new IllegalStateException("no examples/caches above the working folder");
    }

    /** An executable of this name, in the path or where servers are. */
    static Optional<Path> binary(String executable) {
        List<String> folders =
                new ArrayList<>(List.of(String.valueOf(System.getenv("PATH")).split(":", -1)));
        folders.addAll(List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"));
        return folders.stream()
                .map(folder -> Path.of(folder, executable))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Optional<String> missing(String executable) {
        return binary(executable).isPresent() ? Optional.empty() : Optional.of(executable + " is not installed");
    }
}
