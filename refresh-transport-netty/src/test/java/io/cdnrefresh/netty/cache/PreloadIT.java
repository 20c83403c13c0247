// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A large object and an HLS playlist through a parent and two edges of real nginx, by engine and proxies in a process whose
 * heap and buffers together are smaller than the object. {@code -Drefresh.preload.megabytes=2048} for 2 GB.
 */
class PreloadIT {
    private static final int MEGABYTES = Integer.getInteger("refresh.preload.megabytes", 96);
    private static final String HOST = "film.test";

    @Test
    void preload_largeObjectAndPlaylist_inASmallProcess_isAHitOnEveryNode() throws Exception {
        try (LargeOrigin origin = new LargeOrigin((long) MEGABYTES << 20);
                RealCache parent = RealCache.of("nginx", origin.port()).start();
                RealCache one = RealCache.of("nginx", parent.port()).start();
                RealCache two = RealCache.of("nginx", parent.port()).start()) {
            List<RealCache> caches = List.of(parent, one, two);
            String told = runSmall(caches);
            assertThat(told)
                    .as(told)
                    .contains("large DONE")
                    .contains("film DONE")
                    .contains("bytes " + 3L * ((long) MEGABYTES << 20));
            List<String> paths = new ArrayList<>(List.of("/large/film.mp4", "/film/master.m3u8"));
            for (String rendition : List.of("low", "high")) {
                for (String file : List.of("index.m3u8", "1.ts", "2.ts", "3.ts")) {
                    paths.add("/film/" + rendition + "/" + file);
                }
            }
            for (String path : paths) {
                assertThat(origin.hits(path)).as(path).isEqualTo(1);
                for (RealCache cache : caches) {
                    assertThat(PlainHttp.send(cache.port(), "HEAD", HOST, path).header("X-Cache"))
                            .as(path)
                            .endsWith("HIT"); // after what the parent said
                }
            }
        }
    }

    private static String runSmall(List<RealCache> caches) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-XX:MaxDirectMemorySize=24m",
                "-Dio.netty.maxDirectMemory=25165824",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Small.class.getName()));
        caches.forEach(cache -> command.add(Integer.toString(cache.port())));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    /** The small process: a parent's port, then those of the edges. */
    static final class Small {
        private Small() {}

        public static void main(String[] ports) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            List<CacheFleet.Node> nodes = new ArrayList<>();
            for (String port : ports) {
                nodes.add(new CacheFleet.Node(
                        "node-" + port,
                        nodes.isEmpty() ? "parent" : "edge",
                        CacheSettings.builder("nginx", "http://127.0.0.1:" + port)
                                .build()));
            }
            try (CacheFleet fleet = new CacheFleet(nodes)) {
                TaskProgress large = fleet.run(slow(RefreshTask.preload("http://" + HOST + "/large/film.mp4")));
                out.println("large " + large.state());
                out.println("bytes "
                        + fleet.proxies().stream()
                                .mapToLong(proxy -> proxy.stats().preloadBytes())
                                .sum());
                RefreshTask film = slow(RefreshTask.preload("http://" + HOST + "/film/master.m3u8"));
                out.println("film "
                        + fleet.run(film.withOptions(film.options().toBuilder()
                                        .preload(PreloadOptions.DEFAULTS.withDepth(2))
                                        .build()))
                                .state());
            }
        }

        private static RefreshTask slow(RefreshTask task) {
            return task.withOptions(
                    task.options().toBuilder().deadline(Duration.ofMinutes(8)).build());
        }
    }
}
