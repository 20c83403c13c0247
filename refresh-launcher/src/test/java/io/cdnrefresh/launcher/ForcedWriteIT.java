// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kill cannot disprove a missing fsync, the kernel's own record can: the write is forced before the 202 leaves. */
class ForcedWriteIT {
    private static final Path STRACE = Path.of("/usr/bin/strace");

    @TempDir
    Path folder;

    @Test
    void accepted_task_isForcedToDiskBeforeTheAnswerLeaves() throws Exception {
        boolean isRequired = "true".equals(System.getenv("REFRESH_REQUIRE_CACHES"));
        assumeTrue(isRequired || Files.isExecutable(STRACE), "strace is not installed");
        int port = FreePorts.one();
        Path trace = folder.resolve("trace");
        Path log = folder.resolve("log");
        Process traced = new ProcessBuilder(
                        STRACE.toString(),
                        "-f",
                        "-s",
                        "64",
                        "-e",
                        "trace=fdatasync,fsync,read,readv,recvfrom,write,writev,sendto,sendmsg",
                        "-o",
                        trace.toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xint",
                        "-jar",
                        LauncherProcess.jar().toString(),
                        "standalone",
                        "--set",
                        "engine.http.port=" + port,
                        "--set",
                        "engine.rpc.port=" + FreePorts.one(),
                        "--set",
                        "proxy.http.port=" + FreePorts.one(),
                        "--set",
                        "standalone.cache-port=" + FreePorts.one(),
                        "--set",
                        "engine.data=" + folder.resolve("data"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            EngineApi api = new EngineApi(port);
            Awaitility.await().atMost(Duration.ofSeconds(90)).until(() -> !traced.isAlive() || isReady(api));
            String out = Files.readString(log, StandardCharsets.ISO_8859_1);
            assumeTrue(isRequired || !out.contains("Operation not permitted"), "strace may not trace here");
            assertThat(traced.isAlive()).as(out).isTrue();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> api.trySubmit("http://www.example.com/a").isPresent());
        } finally {
            List<ProcessHandle> children = traced.descendants().toList();
            children.forEach(ProcessHandle::destroyForcibly);
            assertThat(traced.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        List<String> lines = Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
        int answer = last(lines, lines.size(), "HTTP/1.1 202");
        int request = last(lines, answer, "POST /v1/engine/task");
        assertThat(request).as("the request is in the trace").isPositive();
        assertThat(lines.subList(request, answer))
                .as("a forced write that has returned, between the request and its 202")
                .anyMatch(line -> line.matches(".*(fdatasync|fsync)\\b.*= 0.*"));
    }

    private static boolean isReady(EngineApi api) throws InterruptedException {
        try {
            return api.get("/readyz").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int last(List<String> lines, int before, String text) {
        for (int i = before - 1; i >= 0; i--) {
            if (lines.get(i).contains(text)) {
                return i;
            }
        }
        return -1;
    }
}
