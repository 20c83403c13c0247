// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main job in one command, as a newcomer runs it. */
class DemoIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void demo_smallCache_showsEveryWordAndExits0() {
        assertShowsEverything("small");
    }

    @ParameterizedTest
    @CsvSource({"varnish,varnishd", "nginx,nginx", "squid,squid", "ats,traffic_server"})
    void demo_installedCache_showsEveryWordAndExits0(String cache, String program) {
        boolean isRequired = Boolean.parseBoolean(System.getenv("REFRESH_REQUIRE_CACHES"));
        if (!isInstalled(program)) {
            assertThat(isRequired)
                    .as("%s is not installed, and REFRESH_REQUIRE_CACHES is set", program)
                    .isFalse();
            Assumptions.abort(program + " is not installed");
        }
        assertShowsEverything(cache);
    }

    @Test
    void demo_proxyKilledMidway_exits1() {
        try (LauncherProcess demo = LauncherProcess.start("demo")) {
            long pid = Long.parseLong(demo.awaitOut("^proxy +pid (\\d+)").group(1));
            demo.awaitOut("^device");
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();

            Ended ended = demo.awaitEnd(PATIENCE);

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.out()).contains("FAILED");
        }
    }

    @Test
    void demo_killed_leavesNoProxyBehind() {
        long pid;
        try (LauncherProcess demo = LauncherProcess.start("demo")) {
            pid = Long.parseLong(demo.awaitOut("^proxy +pid (\\d+)").group(1));
            demo.kill();
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() ->
                            ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        }
    }

    private static void assertShowsEverything(String cache) {
        try (LauncherProcess demo = LauncherProcess.start(List.of(), Map.of(), "demo", "--cache", cache)) {
            Ended ended = demo.awaitEnd(PATIENCE);
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
            assertThat(ended.out().lines().map(DemoIT::withoutTimes))
                    .containsSubsequence(
                            "client GET http://www.example.com/a.css MISS version 1",
                            "client GET http://www.example.com/a.css HIT version 1",
                            "origin has version 2 now",
                            "client GET http://www.example.com/a.css HIT version 1",
                            "refresh VERIFIED on demo-node DONE",
                            "client GET http://www.example.com/a.css MISS version 2",
                            "preload PRELOADED on demo-node DONE",
                            "client GET http://www.example.com/b.css HIT version 2");
        }
    }

    private static String withoutTimes(String line) {
        return line.replaceAll("[0-9.]+ ms", "").strip().replaceAll(" +", " ");
    }

    private static boolean isInstalled(String program) {
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/usr/local/sbin";
        return Stream.of(path.split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
