// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * This system as it is, in memory, with a systemd and a network of its own: what is done there leaves no trace here. Needs
 * root and a Linux that lets root do so; tests are skipped elsewhere. Owned by one test thread.
 */
final class CleanRoot implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final Thread atExit;
    private final long pid;

    private CleanRoot(Process process, long pid) {
        this.process = process;
        this.pid = pid;
        atExit = new Thread(process::destroyForcibly, "root-kill");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts it; skips the test where that cannot be. */
    static CleanRoot start(Path folder, Path files) throws IOException, InterruptedException {
        for (String program : new String[] {"unshare", "nsenter", "ip", "dpkg", "dpkg-deb", "systemctl", "curl"}) {
            assumeThat(isInstalled(program)).as(program + " is not installed").isTrue();
        }
        assumeThat(Files.isExecutable(Path.of("/lib/systemd/systemd")))
                .as("systemd is not installed")
                .isTrue();
        Path script = folder.resolve("clean-root.sh");
        try (InputStream text = CleanRoot.class.getResourceAsStream("/clean-root.sh")) {
            assertThat(text).isNotNull();
            Files.write(script, text.readAllBytes());
        }
        Path memory = Files.createDirectory(folder.resolve("memory"));
        Path said = folder.resolve("said");
        ProcessBuilder builder = new ProcessBuilder(
                "unshare", "-m", "-p", "-n", "-i", "-C", "-f", "--kill-child", "--propagation", "private", "bash");
        builder.command().addAll(List.of(script.toString(), memory.toString(), files.toString()));
        builder.redirectErrorStream(true).redirectOutput(said.toFile());
        Process process = builder.start();
        // another root folder: it has left this one
        Awaitility.await().atMost(PATIENCE).until(() -> !process.isAlive() || init(process) > 0);
        assumeThat(process.isAlive())
                .as("no system within this one: %s", Files.readString(said).trim())
                .isTrue();
        CleanRoot root = new CleanRoot(process, init(process));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> root.run("systemctl is-active clean.target").exitCode() == 0);
        return root;
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** The process id of its systemd; 0 while there is none. */
    private static long init(Process unshare) {
        return unshare.toHandle()
                .children()
                .filter(child -> child.info().command().orElse("").endsWith("/systemd"))
                .mapToLong(ProcessHandle::pid)
                .findFirst()
                .orElse(0);
    }

    /** Runs a line of shell in it. */
    Ended run(String line) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("nsenter", "-t", Long.toString(pid), "-m", "-p", "-n", "-i", "-r", "-w", "bash", "-c", line));
        Path out = Files.createTempFile("clean-root", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.redirectErrorStream(true).redirectOutput(out.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("REFRESH_"));
            builder.environment().put("HOME", "/root");
            builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            Process run = builder.start();
            run.getOutputStream().close();
            boolean isOver = run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            run.destroyForcibly();
            String text = Files.readString(out, StandardCharsets.UTF_8);
            assertThat(isOver).as("%s ended; it said %s", line, text).isTrue();
            return new Ended(run.exitValue(), text, "");
        } finally {
            Files.delete(out);
        }
    }

    /** Runs a line of shell that has to succeed; what it said. */
    String must(String line) throws IOException, InterruptedException {
        Ended ended = run(line);
        assertThat(ended.exitCode()).as("%s\n%s", line, ended.out()).isZero();
        return ended.out().trim();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}
