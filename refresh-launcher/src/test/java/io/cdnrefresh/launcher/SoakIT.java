// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.demo.SmallCache;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine, proxy and Redis as processes under steady load for a long time, with a fault each minute: what they hold in the
 * last third of the time is what they held in the second. 30 minutes in the chaos profile, as many as
 * {@code -Drefresh.soak.minutes=} says else; {@code -Drefresh.soak.rate=} tasks a second.
 */
class SoakIT {
    private static final Logger logger = LoggerFactory.getLogger(SoakIT.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MINUTES =
            Integer.getInteger("refresh.soak.minutes", Boolean.getBoolean("refresh.chaos") ? 30 : 0);
    private static final int RATE = Integer.getInteger("refresh.soak.rate", 500);
    private static final int SAMPLE_SECONDS = 15;
    private static final int FAULT_SECONDS = 60;
    /** Longer than a link may be silent, shorter than a device may be away. */
    private static final int STOP_SECONDS = 20;
    /** One of so many accepted tasks is looked at in the end. */
    private static final int REMEMBERED = 100;

    private static final Pattern TIME_WAIT = Pattern.compile(":([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) 06 ");

    /** What is sampled, and by how much its median may differ between the last two thirds, beside a quarter of it. */
    private static final Map<String, Long> SLACK = Map.of(
            "heap",
            12L << 20,
            "buffers",
            8L << 20,
            "threads",
            5L,
            "files",
            20L,
            "TIME_WAIT",
            500L,
            "resident",
            32L << 20);

    @TempDir
    Path folder;

    private final int engineAdmin = FreePorts.one();
    private final int proxyAdmin = FreePorts.one();
    private final Map<String, List<Long>> samples = new TreeMap<>();
    private final List<String> remembered = new ArrayList<>();
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private long sent;
    private long dueNanos;

    @Test
    void steadyLoadWithFaults_forALongTime_nothingGrows() throws Exception {
        assumeTrue(MINUTES > 0, "long: -Drefresh.soak.minutes=, or mvn verify -Pchaos");
        try (DemoOrigin origin = new DemoOrigin(0).start();
                SmallCache cache = SmallCache.builder()
                        .origin(new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port()))
                        .build()
                        .start();
                RedisServer redis = RedisServer.start(folder);
                EngineNode engine = new EngineNode(
                        folder.resolve("engine"),
                        "jdbc:sqlite:" + folder.resolve("tasks.db"),
                        redis.url(),
                        "log.level=warn",
                        "admin.port=" + engineAdmin)) {
            engine.start();
            engine.awaitReady();
            Fleet fleet = new Fleet(engine, cache, redis);
            try {
                run(engine, fleet);
            } finally {
                fleet.proxy.close();
            }
        }
    }

    private void run(EngineNode engine, Fleet fleet) throws Exception {
        long startNanos = System.nanoTime();
        long endNanos = startNanos + Duration.ofMinutes(MINUTES).toNanos();
        long nextSample = startNanos;
        long nextFault = startNanos;
        while (System.nanoTime() < endNanos) {
            submit(engine.api());
            long now = System.nanoTime();
            if (now >= nextSample) {
                nextSample = now + SAMPLE_SECONDS * 1_000_000_000L;
                sample(engine, fleet);
            }
            if (now >= nextFault - (FAULT_SECONDS - STOP_SECONDS) * 1_000_000_000L) {
                fleet.heal();
            }
            if (now >= nextFault) {
                nextFault = now + FAULT_SECONDS * 1_000_000_000L;
                fleet.fault();
            }
            pace();
        }
        fleet.heal();
        awaitIdle(engine);
        for (String id : remembered) {
            engine.api().awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
        }
        logger.warn("soak minutes={} sent={} answers={} faults={}", MINUTES, sent, statuses, fleet.faults);
        assertThat(statuses.keySet()).isSubsetOf(202, 429, 503);
        assertFlat();
    }

    private void submit(EngineApi api) throws IOException, InterruptedException {
        String body = "{\"targets\":[\"http://www.example.com/" + sent % 100_000 + "\"]}";
        var answer = api.post("/v1/engine/task", body);
        statuses.merge(answer.statusCode(), 1, Integer::sum);
        if (answer.statusCode() == 202 && sent % REMEMBERED == 0) {
            Matcher id = Pattern.compile("\"id\":\"(\\d+)\"").matcher(answer.body());
            assertThat(id.find()).as(answer.body()).isTrue();
            remembered.add(id.group(1));
        }
        sent++;
    }

    /** Waits for the time of the next request; what is late is not made up for. */
    private void pace() {
        long now = System.nanoTime();
        dueNanos = Math.max(dueNanos, now - 1_000_000_000L) + 1_000_000_000L / RATE;
        LockSupport.parkNanos(dueNanos - now);
    }

    private static void awaitIdle(EngineNode engine) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> engine.api().get("/v1/engine/stats").body().contains("\"tasks_in_cache\":0,"));
    }

    private void sample(EngineNode engine, Fleet fleet) throws Exception {
        sample("engine", engineAdmin, engine.process().pid(), engine.api().port());
        if (!fleet.isStopped) {
            sample("proxy", proxyAdmin, fleet.proxy.pid(), fleet.proxyHttp);
        }
        note("all TIME_WAIT", timeWaits(Set.of(engine.api().port(), fleet.proxyHttp, fleet.cache.port())));
    }

    /** Connections of these ports that are kept after their end. */
    private static long timeWaits(Set<Integer> ports) throws IOException {
        long count = 0;
        for (String family : List.of("tcp", "tcp6")) {
            Matcher each = TIME_WAIT.matcher(Files.readString(Path.of("/proc/net", family)));
            while (each.find()) {
                boolean isOurs = ports.contains(Integer.parseInt(each.group(1), 16))
                        || ports.contains(Integer.parseInt(each.group(2), 16));
                count += isOurs ? 1 : 0;
            }
        }
        return count;
    }

    private void sample(String who, int adminPort, long pid, int httpPort) throws Exception {
        try {
            var collected = new EngineApi(adminPort).post("/debug/gc", "");
            assertThat(collected.statusCode()).as(collected.body()).isEqualTo(200);
            String metrics = new EngineApi(httpPort).get("/metrics").body();
            note(who + " heap", figure(metrics, "jvm_memory_used_bytes\\{area=\"heap\"[^}]*}"));
            note(who + " buffers", figure(metrics, "jvm_buffer_pool_used_bytes\\{[^}]*}"));
            note(who + " threads", figure(metrics, "jvm_threads"));
            note(who + " files", figure(metrics, "process_open_fds"));
            Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+) kB")
                    .matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
            note(who + " resident", resident.find() ? Long.parseLong(resident.group(1)) << 10 : 0);
        } catch (IOException away) {
            logger.info("no sample who={} cause={}", who, away.toString());
        }
    }

    /** The sum of a metric's values. */
    private static long figure(String metrics, String name) {
        double sum = 0;
        Matcher each = Pattern.compile("(?m)^" + name + " ([0-9.eE+-]+)$").matcher(metrics);
        boolean isThere = false;
        while (each.find()) {
            isThere = true;
            sum += Double.parseDouble(each.group(1));
        }
        assertThat(isThere).as(name + " in\n" + metrics).isTrue();
        return (long) sum;
    }

    private void note(String name, long value) {
        samples.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
    }

    private void assertFlat() {
        samples.forEach((name, all) -> {
            int third = all.size() / 3;
            long middle = median(all.subList(third, 2 * third));
            long last = median(all.subList(2 * third, all.size()));
            logger.warn("soak {}: first {} middle {} last {}", name, median(all.subList(0, third)), middle, last);
            long slack = SLACK.getOrDefault(name.substring(name.indexOf(' ') + 1), 0L);
            assertThat(last).as(name + " " + all).isLessThanOrEqualTo(middle + middle / 4 + slack);
        });
    }

    private static long median(List<Long> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get(values.size() / 2);
    }

    /** What is broken, in turn, and what comes back. Owned by the test's thread. */
    private final class Fleet {
        private final EngineNode engine;
        private final SmallCache cache;
        private final RedisServer redis;
        private final int proxyHttp = FreePorts.one();
        private LauncherProcess proxy;
        private boolean isStopped;
        private int faults;

        Fleet(EngineNode engine, SmallCache cache, RedisServer redis) {
            this.engine = engine;
            this.cache = cache;
            this.redis = redis;
            proxy = start();
        }

        private LauncherProcess start() {
            LauncherProcess started = LauncherProcess.start(
                    "proxy",
                    "--set",
                    "proxy.id=node-1",
                    "--set",
                    "proxy.engines=" + engine.rpcAddress(),
                    "--set",
                    "proxy.http.port=" + proxyHttp,
                    "--set",
                    "proxy.admin.port=" + proxyAdmin,
                    "--set",
                    "proxy.data=" + folder.resolve("node-1"),
                    "--set",
                    "proxy.cache.0.driver=http",
                    "--set",
                    "proxy.cache.0.url=http://127.0.0.1:" + cache.port(),
                    "--set",
                    "proxy.cache.0.fence=50ms");
            started.awaitErr("joined engine");
            return started;
        }

        /** The next one of four; the one before ends. */
        void fault() throws Exception {
            switch (faults++ % 4) {
                case 0 -> {
                    proxy.close(); // SIGKILL
                    proxy = start();
                }
                case 1 -> {
                    redis.kill();
                    redis.start();
                }
                case 2 -> halfRequests();
                default -> {
                    signal("STOP");
                    isStopped = true;
                }
            }
        }

        void heal() throws Exception {
            if (isStopped) {
                signal("CONT");
                isStopped = false;
            }
        }

        private void signal(String name) throws Exception {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(proxy.pid())).start();
            assertThat(kill.waitFor()).isZero();
        }

        /** 200 clients that begin a request and go. */
        private void halfRequests() throws IOException {
            for (int i = 0; i < 200; i++) {
                try (Socket socket = new Socket(
                                InetAddress.getLoopbackAddress(), engine.api().port());
                        OutputStream out = socket.getOutputStream()) {
                    out.write("POST /v1/engine/task HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"tar"
                            .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                }
            }
        }
    }
}
