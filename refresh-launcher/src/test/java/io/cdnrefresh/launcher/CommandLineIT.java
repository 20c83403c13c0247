// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar's commands that need no server. */
class CommandLineIT {
    @TempDir
    Path folder;

    @Test
    void version_always_saysWhatItIs() {
        Ended ended = LauncherProcess.run("version");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).matches("(?s)refresh \\d+\\.\\d+\\.\\d+\\S* \\(commit \\w+, of \\S+\\) on Java .*");
    }

    @Test
    void configCheck_faultyFile_saysEachFaultInALineAndExits2() throws IOException {
        Path file = Files.writeString(folder.resolve("refresh.toml"), "[engine]\nlanes = 3\ncolour = \"blue\"\n");

        Ended ended = LauncherProcess.run("config", "check", file.toString());

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines())
                .containsExactly(
                        file + ":2: engine.lanes: 3 (expected: 0 | a power of two up to 64)",
                        file + ":3: engine.colour: blue (expected: a key that exists: see config defaults)");
    }

    @Test
    void configDefaults_checked_haveNoFaults() throws IOException {
        Ended defaults = LauncherProcess.run("config", "defaults");
        Path file = Files.writeString(folder.resolve("refresh.toml"), defaults.out());

        assertThat(LauncherProcess.run("config", "check", file.toString()).exitCode())
                .isZero();
    }

    @Test
    void submit_noEngine_exits3() {
        Ended ended = LauncherProcess.run(
                "submit",
                "--engine",
                "http://127.0.0.1:" + FreePorts.one(),
                "--retry-for",
                "200ms",
                "http://www.example.com/a");

        assertThat(ended.exitCode()).isEqualTo(3);
        assertThat(ended.err()).contains("no answer from http://127.0.0.1:");
    }

    @Test
    void usage_unknownCommand_exits2() {
        assertThat(LauncherProcess.run("purge").exitCode()).isEqualTo(2);
        assertThat(LauncherProcess.run().exitCode()).isEqualTo(2);
    }

    @Test
    void jar_always_isSmallRunnableAndCarriesLicences() throws IOException {
        Path path = LauncherProcess.jar();
        assertThat(Files.size(path)).isLessThan(45L << 20);
        assertThat(path.resolveSibling("drivers")).isDirectoryContaining("glob:**mysql-connector-j-*.jar");
        assertThat(path.resolveSibling("drivers")).isDirectoryContaining("glob:**mariadb-java-client-*.jar");
        try (JarFile jar = new JarFile(path.toFile())) {
            Manifest manifest = jar.getManifest();
            assertThat(manifest.getMainAttributes().getValue("Main-Class")).isEqualTo(Main.class.getName());
            assertThat(manifest.getMainAttributes().getValue("Multi-Release")).isEqualTo("true");
            assertThat(jar.getEntry("META-INF/LICENSE")).isNotNull();
            assertThat(jar.getEntry("com/mysql/cj/jdbc/Driver.class")).isNull();
            assertThat(jar.getEntry("org/mariadb/jdbc/Driver.class")).isNull();
        }
    }
}
