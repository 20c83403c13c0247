// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** A real HAProxy with the configuration of {@code examples/balancers}, its addresses replaced. Thread-safe. */
final class HaProxy implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");

    private final Process process;
    private final Thread atExit;
    private final int port;
    private final int adminPort;

    private HaProxy(Process process, int port, int adminPort) {
        this.process = process;
        this.port = port;
        this.adminPort = adminPort;
        atExit = new Thread(process::destroyForcibly, "haproxy-kill");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts it; skips the test where there is none, unless the caches are required. */
    static HaProxy start(Path folder, String mode, List<Integer> backends) throws IOException {
        boolean isThere = Files.isExecutable(PROGRAM);
        if ("true".equals(System.getenv("REFRESH_REQUIRE_CACHES"))) {
            assertThat(isThere).as("haproxy is installed").isTrue();
        }
        assumeThat(isThere).as("haproxy is not installed").isTrue();
        int port = FreePorts.one();
        int adminPort = FreePorts.one();
        String text = Files.readString(Path.of("../examples/balancers/haproxy.cfg"))
                .replace("/run/haproxy/admin.sock mode 660", "ipv4@127.0.0.1:" + adminPort)
                .replace("0.0.0.0:9181", "127.0.0.1:" + port)
                .replace("maxconn 8000", "maxconn 400")
                .replace("mode http", "mode " + mode);
        if (mode.equals("tcp")) {
            text = text.replaceAll("(?m)^ +(retry-on|timeout http-|option http-buffer).*\n", "");
        }
        for (int i = 0; i < 3; i++) {
            String line = "server engine-" + (i + 1) + " 10.0.0.1" + (i + 1) + ":9181";
            assertThat(text).contains(line);
            text = text.replace(
                    line, i < backends.size() ? "server engine-" + (i + 1) + " 127.0.0.1:" + backends.get(i) : "");
        }
        Path config = folder.resolve("haproxy-" + port + ".cfg");
        Files.writeString(config, text);
        Process process = new ProcessBuilder(PROGRAM.toString(), "-db", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("haproxy-" + port + ".log").toFile())
                .start();
        HaProxy started = new HaProxy(process, port, adminPort);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .failFast("haproxy ended", () -> !process.isAlive())
                .until(() -> started.serversUp() == backends.size());
        return started;
    }

    int port() {
        return port;
    }

    /** Runs a command of its administration. */
    String admin(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), adminPort)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        }
    }

    /** How many engines pass their health check. */
    private long serversUp() throws IOException {
        return admin("show stat")
                .lines()
                .filter(line -> line.startsWith("engines,engine-") && line.contains(",UP,"))
                .count();
    }

    /** Waits until so many engines pass their health check. */
    void awaitServers(int count) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> serversUp() == count);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}
