// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real clients, unchanged, drive the real jar in front of a real Varnish: the npm packages of {@code src/test/clients} and
 * curl, with their repeats, timeouts and errors. Skipped where node, npm or the registry are missing; where caches are
 * required, these are, too.
 */
class DialectClientsIT {
    private static final Path SOURCES = Path.of("src", "test", "clients");
    private static final Path FOLDER = Path.of("target", "clients");

    private static final long LIMIT_SECONDS = 180;

    @TempDir
    Path folder;

    @Test
    void realClients_everyKindOfPurge_isSeenInTheCache() throws Exception {
        install();
        Path config = Files.writeString(folder.resolve("refresh.toml"), """
            [engine]
            data = "%1$s"
            [auth]
            signing-secret = "only of this test"
            [engine.http]
            dialects = ["purge", "cloudflare", "fastly", "alibaba"]
            [engine.dialects]
            wait = "30s"
            zones = ["shop = www.example.com"]
            [engine.rpc]
            port = 0
            [proxy]
            data = "%1$s/proxy"
            [proxy.http]
            port = 0
            """.formatted(folder));
        Map<String, ?> key = Json.object(
                LauncherProcess.run("key", "add", "ops", "--admin", "--network-wide", "--json", "--config", "" + config)
                        .out()
                        .getBytes(UTF_8));
        int dialects = FreePorts.one();
        int api = FreePorts.one();
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                LauncherProcess engine = LauncherProcess.start(
                        "standalone",
                        "--cache",
                        "varnish=http://127.0.0.1:" + cache.port(),
                        "--config",
                        config.toString(),
                        "--set",
                        "engine.http.port=" + api,
                        "--set",
                        "engine.dialects.port=" + dialects)) {
            HttpServer control = control(origin);
            try {
                engine.awaitErr("ready engine=");
                String out = run(
                        Map.of(
                                "REFRESH_TEST_KEY",
                                String.valueOf(key.get("key")),
                                "REFRESH_TEST_ID",
                                String.valueOf(key.get("id")),
                                "REFRESH_TEST_SECRET",
                                String.valueOf(key.get("signingSecret"))),
                        "node",
                        "clients.js",
                        url(dialects),
                        url(cache.port()),
                        url(control.getAddress().getPort()),
                        url(api));
                assertThat(out).as("%s\n%s", engine.text(), cache.log()).endsWith("all ok\n");
            } finally {
                control.stop(0);
            }
        }
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    private static HttpServer control(DemoOrigin origin) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/bump", exchange -> {
            origin.bump();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    /** Installs what the lock file names, once for each of its contents. */
    private static void install() throws Exception {
        Files.createDirectories(FOLDER);
        Path lock = SOURCES.resolve("package-lock.json");
        Path done = FOLDER.resolve("installed.json");
        boolean isThere = Files.exists(done) && Files.mismatch(lock, done) < 0;
        for (String name : List.of("package.json", "package-lock.json", "clients.js")) {
            Files.copy(SOURCES.resolve(name), FOLDER.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        require(isPresent("node", "--version") && isPresent("npm", "--version"), "node and npm are not installed");
        if (!isThere) {
            String out = run(Map.of(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
            require(out.contains("added "), "npm ci failed: " + out);
            Files.copy(lock, done, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void require(boolean isMet, String reason) {
        String required = System.getProperty("REFRESH_REQUIRE_CACHES", System.getenv("REFRESH_REQUIRE_CACHES"));
        assertThat(isMet || !"true".equals(required)).as(reason).isTrue();
        assumeTrue(isMet, reason);
    }

    private static boolean isPresent(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    /** Runs a command in the folder and gives all that it said. */
    private static String run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path out = FOLDER.resolve("out.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean isOver = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        return Files.readString(out) + (isOver ? "" : "cut off after " + LIMIT_SECONDS + " s");
    }
}
