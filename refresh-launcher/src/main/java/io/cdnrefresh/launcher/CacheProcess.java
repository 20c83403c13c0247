// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An installed cache server, started with the example configuration that is part of the program, on free loopback ports
 * and with everything below one folder. Ends with {@link #close}.
 */
final class CacheProcess implements AutoCloseable {
    private static final long START_SECONDS = 60;

    /** How one server is started. {@code files} maps a file of the example to its place in the folder. */
    private record Recipe(
            String program, Map<String, String> files, List<String> folders, List<List<String>> commands) {}

    private static final Map<String, Recipe> RECIPES = Map.of(
            "varnish",
            new Recipe(
                    "varnishd",
                    Map.of("default.vcl", "default.vcl"),
                    List.of(),
                    List.of(List.of(
                            "varnishd",
                            "-F",
                            "-n",
                            "@DIR@/work",
                            "-a",
                            "127.0.0.1:@PORT@",
                            "-f",
                            "@DIR@/default.vcl",
                            "-s",
                            "malloc,64M",
                            "-T",
                            "none",
                            "-p",
                            "vsl_mask=-Hash"))),
            "nginx",
            new Recipe(
                    "nginx",
                    Map.of("nginx.conf", "nginx.conf"),
                    List.of("cache"),
                    List.of(List.of("nginx", "-p", "@DIR@", "-c", "nginx.conf", "-g", "daemon off;"))),
            "squid",
            new Recipe(
                    "squid",
                    Map.of("squid.conf", "squid.conf", "store-id.sh", "store-id.sh"),
                    List.of("cache"),
                    List.of(
                            List.of("squid", "-N", "-z", "-f", "@DIR@/squid.conf"),
                            List.of("squid", "-N", "-f", "@DIR@/squid.conf"))),
            "ats",
            new Recipe(
                    "traffic_server",
                    Map.of(
                            "records.config", "etc/records.config",
                            "remap.config", "etc/remap.config",
                            "parent.config", "etc/parent.config",
                            "plugin.config", "etc/plugin.config",
                            "refresh.config", "etc/refresh.config",
                            "storage.config", "etc/storage.config",
                            "ip_allow.yaml", "etc/ip_allow.yaml",
                            "runroot.yaml", "runroot.yaml"),
                    List.of("cache", "run", "log", "share"),
                    List.of(List.of("traffic_server", "--run-root=@DIR@/runroot.yaml"))));

    private final Path folder;
    private final int port;
    private final Process process;

    private CacheProcess(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /** The names that {@link #start} knows. */
    static Stream<String> names() {
        return RECIPES.keySet().stream().sorted();
    }

    /**
     * Starts a server in front of an origin on the loopback address.
     *
     * @throws CommandException if it is not installed or does not start
     */
    static CacheProcess start(String name, int originPort) {
        Recipe recipe = RECIPES.get(name);
        if (recipe == null) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "--cache: " + name + " (expected: small | " + String.join(" | ", names().toList()) + ")");
        }
        String program = find(recipe.program());
        try {
            Path folder = Files.createTempDirectory("refresh-" + name);
            open(folder);
            int port = freePort();
            Map<String, String> values = Map.of(
                    "@DIR@", folder.toString(),
                    "@PORT@", String.valueOf(port),
                    "@STAMP_PORT@", String.valueOf(freePort()),
                    "@ORIGIN_HOST@", "127.0.0.1",
                    "@ORIGIN_PORT@", String.valueOf(originPort),
                    "@PROXY@", "127.0.0.1");
            for (String sub : recipe.folders()) {
                open(Files.createDirectories(folder.resolve(sub)));
            }
            for (Map.Entry<String, String> file : recipe.files().entrySet()) {
                unpack(name + "/" + file.getKey(), folder.resolve(file.getValue()), values);
            }
            Process process = null;
            for (List<String> command : recipe.commands()) {
                if (process != null
                        && (!process.waitFor(START_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0)) {
                    throw failed(name, folder);
                }
                List<String> words =
                        command.stream().map(word -> filled(word, values)).toList();
                process = new ProcessBuilder(
                                Stream.concat(Stream.of(program), words.stream().skip(1))
                                        .toList())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("output.log").toFile())
                        .start();
            }
            CacheProcess started =
                    new CacheProcess(folder, port, java.util.Objects.requireNonNull(process, "a command"));
            if (!started.awaitAnswer()) {
                CommandException failure = failed(name, folder);
                started.close();
                throw failure;
            }
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }

    /** Where it listens. */
    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
        delete(folder);
    }

    /** Deletes a folder with all that is in it, as far as possible. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException busy) {
            folder.toFile().deleteOnExit();
        }
    }

    private boolean awaitAnswer() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (process.isAlive() && System.nanoTime() < end) {
            if (answers()) {
                return true;
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        return false;
    }

    /** Whether it answers a request; some accept connections before they can. */
    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(5000);
            String request = "GET /ready HTTP/1.1\r\nHost: ready.test\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static CommandException failed(String name, Path folder) throws IOException {
        Path log = folder.resolve("output.log");
        String text = Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
        return new CommandException(ExitCode.FAILED, name + " did not start: " + text.strip());
    }

    private static String find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin" + File.pathSeparator
                + "/usr/local/sbin";
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file.toString();
            }
        }
        throw new CommandException(ExitCode.USAGE, "--cache: " + program + " (expected: an installed program)");
    }

    private static void unpack(String resource, Path file, Map<String, String> values) throws IOException {
        try (InputStream in = CacheProcess.class.getResourceAsStream("caches/" + resource)) {
            if (in == null) {
                throw new IOException("no such example: " + resource);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
            Files.writeString(file, filled(text, values));
        }
        boolean isScript = resource.endsWith(".sh");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(isScript ? "rwxr-xr-x" : "rw-r--r--"));
    }

    private static String filled(String text, Map<String, String> values) {
        String filled = text;
        for (Map.Entry<String, String> value : values.entrySet()) {
            filled = filled.replace(value.getKey(), value.getValue());
        }
        return filled;
    }

    /** Started as root a cache server changes to a user of its own, who must be able to write here. */
    private static void open(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
