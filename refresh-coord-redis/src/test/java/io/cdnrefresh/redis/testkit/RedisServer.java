// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis.testkit;

import io.cdnrefresh.testkit.FreePorts;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One {@code redis-server} process on a free port of 127.0.0.1, from the binary in the test class path (Linux, x86-64 or
 * arm64), which is unpacked once to {@code ~/.cache/cdnrefresh}. Nothing is kept on disk unless asked for by arguments.
 *
 * <p>Not thread-safe. The process ends with {@link #close} or with this JVM's orderly end.
 */
public final class RedisServer implements AutoCloseable {
    private static final String VERSION = "7.0.15";
    private static final long START_SECONDS = 20;

    private final int port;
    private final Path directory;
    private final List<String> command;
    private final Thread atExit = new Thread(this::kill);
    private @Nullable Process process;

    private RedisServer(int port, Path directory, List<String> command) {
        this.port = port;
        this.directory = directory;
        this.command = command;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts a server.
     *
     * @param directory an existing folder for its log and files
     * @param arguments further ones, such as {@code --appendonly yes}
     */
    public static RedisServer start(Path directory, String... arguments) throws IOException {
        int port = freePort();
        Path own = Files.createDirectories(directory.resolve("redis-" + port));
        List<String> command = new ArrayList<>(List.of(binary().toString()));
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--protected-mode", "yes"));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--dir", own.toString()));
        command.addAll(List.of(arguments));
        RedisServer server = new RedisServer(port, own, command);
        server.start();
        return server;
    }

    /**
     * Starts a Sentinel that watches a server.
     *
     * @param directory an existing folder
     * @param master what the group is called
     * @param watched the master
     * @param quorum how many Sentinels must agree that it is down
     */
    public static RedisServer startSentinel(Path directory, String master, RedisServer watched, int quorum)
            throws IOException {
        int port = freePort();
        Path own = Files.createDirectories(directory.resolve("sentinel-" + port));
        Path file = own.resolve("sentinel.conf"); // Sentinel rewrites it
        Files.writeString(file, """
                port %1$d
                bind 127.0.0.1
                dir %2$s
                sentinel monitor %3$s 127.0.0.1 %4$d %5$d
                sentinel down-after-milliseconds %3$s 1000
                sentinel failover-timeout %3$s 5000
                """.formatted(port, own, master, watched.port, quorum));
        RedisServer server = new RedisServer(port, own, List.of(binary().toString(), file.toString(), "--sentinel"));
        server.start();
        return server;
    }

    /** Its port. */
    public int port() {
        return port;
    }

    /** {@code redis://127.0.0.1:PORT}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** The server itself. */
    public ProcessHandle process() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("redis: not running");
        }
        return running.toHandle();
    }

    /** Starts it again after {@link #kill}, on the same port; returns when it answers. */
    public void start() throws IOException {
        Path log = directory.resolve("log");
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process = started;
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers()) {
            if (!started.isAlive() || System.nanoTime() - endNanos > 0) {
                throw new IOException("redis did not start:\n" + Files.readString(log));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Ends it as a crash does; returns when it is gone. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
    }

    /** Sends a signal such as {@code STOP} or {@code CONT}. */
    public void signal(String name) throws IOException {
        Process kill =
                new ProcessBuilder("kill", "-" + name, Long.toString(process().pid())).start();
        if (kill.onExit().join().exitValue() != 0) {
            throw new IOException("redis: signal " + name + " not sent");
        }
    }

    /** Sends one command in the inline form and gives the answer: a bulk string whole, else the first line. */
    public String command(String line) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            StringBuilder first = new StringBuilder();
            for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
                first.append((char) c);
            }
            if (first.length() < 2 || first.charAt(0) != '$') {
                return first.toString();
            }
            in.skipNBytes(1); // the line feed
            return new String(in.readNBytes(Integer.parseInt(first.substring(1))), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        kill();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the JVM is ending: the hook has run or will
        }
    }

    private boolean answers() {
        try {
            String answer = command("PING");
            return answer.startsWith("+") || answer.startsWith("-NOAUTH");
        } catch (IOException e) {
            return false;
        }
    }

    private static Path binary() throws IOException {
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        String name = "redis-server-" + VERSION + "-linux-" + arch;
        Path cache = Files.createDirectories(Path.of(System.getProperty("user.home"), ".cache", "cdnrefresh"));
        Path binary = cache.resolve(name);
        Path complete = cache.resolve(name + ".complete");
        if (Files.exists(complete)) {
            return binary;
        }
        Path part = Files.createTempFile(cache, name, ".part");
        try (InputStream in = RedisServer.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException(name + " is not in the class path (org.signal:embedded-redis)");
            }
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(part, binary, StandardCopyOption.ATOMIC_MOVE);
        Files.writeString(complete, "");
        return binary;
    }

    /** A free port: a node of a cluster listens on its port + 10,000 too. */
    public static int freePort() {
        return FreePorts.between(11_000, 12_000);
    }
}
