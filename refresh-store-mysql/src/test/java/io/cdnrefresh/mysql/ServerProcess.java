// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A database server as a child process on a free loopback port. Owned by one test thread. */
public abstract class ServerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    final Path data;
    final int port;
    private final Path log;
    private @Nullable Process process;
    private int limitMebibytes;

    ServerProcess(Path folder) throws IOException {
        data = folder.toAbsolutePath().resolve("data");
        log = folder.toAbsolutePath().resolve("server.log");
        port = FreePorts.one();
    }

    /** Puts files where every build of this user finds them again. */
    interface Unpacker {
        void unpack(Path to) throws IOException;
    }

    /** The unpacked files; unpacks them first, once for all processes of this user. */
    static Path unpacked(String name, Unpacker unpacker) throws IOException {
        Path cache = Files.createDirectories(Path.of(System.getProperty("user.home"), ".cache", "cdnrefresh"));
        Path home = cache.resolve(name);
        Path complete = home.resolve(".complete");
        try (FileChannel channel = FileChannel.open(
                        cache.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (lock.isValid() && !Files.exists(complete)) {
                Files.createDirectories(home);
                unpacker.unpack(home);
                // the last step: a killed unpacking starts again
                Files.createFile(complete);
            }
        }
        return home;
    }

    /** The command of the running server. */
    abstract List<String> command();

    /** Starts on the data that is there. */
    public final void start() throws IOException {
        process = launch(command());
        Awaitility.await("server on port " + port + ", log " + log)
                .atMost(START_LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(this::greets);
    }

    /** Runs a command to its end. */
    final void run(List<String> command, @Nullable Path input) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        Process once = builder.start();
        try {
            if (!once.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS) || once.exitValue() != 0) {
                once.destroyForcibly();
                throw new IOException("setting up the server failed: " + Files.readString(log));
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stop);
        }
    }

    /** From the next start on, no file of the server grows beyond this: for it, that is a full disk. */
    final void limitFiles(int mebibytes) {
        limitMebibytes = mebibytes;
    }

    /** There is room again, for the running server and from now on. */
    final void unlimitFiles() throws IOException {
        limitMebibytes = 0;
        Process running = requireNonNull(process);
        run(List.of("prlimit", "--pid", "" + running.pid(), "--fsize=unlimited:unlimited"), null);
    }

    /** The signal that goes with the limit is ignored: what remains is the error of a write that does not fit. */
    private List<String> limited(List<String> command) {
        if (limitMebibytes == 0) {
            return command;
        }
        List<String> all = new ArrayList<>(
                List.of("sh", "-c", "trap '' XFSZ; ulimit -S -f " + limitMebibytes * 2_048 + "; exec \"$@\"", "sh"));
        all.addAll(command);
        return all;
    }

    private Process launch(List<String> command) throws IOException {
        return new ProcessBuilder(limited(command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** The server speaks first: a byte means that it is ready. */
    private boolean greets() throws IOException {
        if (process == null || !process.isAlive()) {
            throw new IOException("the server ended: " + Files.readString(log));
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            socket.setSoTimeout(2_000);
            return socket.getInputStream().read() >= 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Whether its process runs. */
    public final boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Ends the server as a power cut would. */
    public final void kill() {
        if (process != null) {
            process.destroyForcibly();
            await(process);
        }
    }

    @Override
    public final void close() {
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException stop) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    private static void await(Process ended) {
        try {
            ended.waitFor();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", stop));
        }
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
