// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One engine of several, as its operator runs it: the jar, a folder, ports. Ends and starts again. Owned by one thread. */
final class EngineNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Place place;
    private final List<String> arguments;
    private final int rpcPort = FreePorts.one();
    private final EngineApi api;
    private @Nullable LauncherProcess process;

    /** On 127.0.0.1; {@code keys}: further settings, as {@code key=value}. */
    EngineNode(Path folder, String storeUrl, String redisUrl, String... keys) {
        this(new Place(folder, "127.0.0.1", List.of()), storeUrl, redisUrl, keys);
    }

    /**
     * Where an engine runs.
     *
     * @param folder its data
     * @param host where it listens
     * @param command what its process begins with, such as one that enters a network namespace
     */
    record Place(Path folder, String host, List<String> command) {}

    EngineNode(Place place, String storeUrl, String redisUrl, String... keys) {
        this.place = place;
        Path folder = place.folder;
        int httpPort = FreePorts.one();
        api = new EngineApi(place.host, httpPort);
        List<String> words = new ArrayList<>(List.of("engine"));
        for (String key : List.of(
                "store.url=" + storeUrl,
                "coordinator.url=" + redisUrl,
                "engine.data=" + folder,
                "engine.http.host=" + place.host,
                "engine.rpc.host=" + place.host,
                "engine.http.port=" + httpPort,
                "engine.rpc.port=" + rpcPort)) {
            words.addAll(List.of("--set", key));
        }
        for (String key : keys) {
            words.addAll(List.of("--set", key));
        }
        arguments = List.copyOf(words);
    }

    EngineApi api() {
        return api;
    }

    String rpcAddress() {
        return place.host + ":" + rpcPort;
    }

    /** Starts it; {@link #awaitReady} waits. */
    void start() {
        assertThat(process).isNull();
        process = LauncherProcess.startUnder(
                place.command, LauncherProcess.QUICK_START, Map.of(), arguments.toArray(String[]::new));
    }

    void awaitReady() {
        api.awaitReady();
    }

    LauncherProcess process() {
        LauncherProcess running = process;
        assertThat(running).as("engine is started").isNotNull();
        return java.util.Objects.requireNonNull(running);
    }

    /** SIGKILL. */
    void kill() {
        process().kill();
        log(place.folder.getFileName().toString(), process().text());
        process().close();
        process = null;
    }

    /** Kept where {@code -Drefresh.engine-logs=FOLDER} says. */
    static void log(String name, String text) {
        String into = System.getProperty("refresh.engine-logs");
        if (into != null) {
            try {
                Path file = Path.of(into, name + ".log");
                Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** SIGTERM, to its end. */
    LauncherProcess.Ended stop() {
        process().terminate();
        LauncherProcess.Ended ended = process().awaitEnd(PATIENCE);
        kill();
        return ended;
    }

    /** STOP or CONT. */
    void signal(String name) {
        try {
            Process kill = new ProcessBuilder(
                            "kill", "-" + name, Long.toString(process().pid()))
                    .start();
            assertThat(kill.onExit().join().exitValue()).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }
}
