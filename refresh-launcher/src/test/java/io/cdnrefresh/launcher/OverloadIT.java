// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.launcher.KeptConnection.Answer;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ten times what the store can take, over sockets, whatever the answers do: what is too much is refused politely, what was
 * accepted ends, no queue passes its bound, the memory stays what it is, and afterwards all is as before. 6 s by default,
 * 60 s with {@code -Drefresh.chaos=true} or as many as {@code -Drefresh.overload.seconds=} says.
 */
class OverloadIT {
    private static final Logger logger = LoggerFactory.getLogger(OverloadIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int SECONDS =
            Integer.getInteger("refresh.overload.seconds", Boolean.getBoolean("refresh.chaos") ? 60 : 6);
    private static final int RATE = 10 * LoadedEngine.STORED_PER_SECOND;
    private static final int CONNECTIONS = 16;
    private static final int OTHER_HOSTS = 40;
    private static final long MIB = 1 << 20;
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");
    /** What may be in memory when intake has stopped: what the saver and the lanes have in hand still comes. */
    private static final long TASKS = LoadedEngine.MAX_TASKS + (1L + LoadedEngine.LANES) * LoadedEngine.QUEUE;

    /** The longest that each queue may ever be. */
    private static final Map<String, Long> BOUNDS = Map.of(
            "input_task_queue",
            (long) LoadedEngine.QUEUE,
            "reporting_queue",
            (long) LoadedEngine.LANES * LoadedEngine.QUEUE,
            "feed_queue",
            (long) LoadedEngine.QUEUE,
            "notify_queue",
            (long) LoadedEngine.QUEUE,
            "saver_queue",
            2 * TASKS,
            "pushing_queue",
            LoadedEngine.QUEUE + 2 * TASKS,
            "tasks_in_cache",
            TASKS,
            "timer_tasks",
            TASKS);

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();
    private final int rpcPort = FreePorts.one();
    private final EngineApi api = new EngineApi(httpPort);
    private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
    private final Queue<Answer> faults = new ConcurrentLinkedQueue<>();
    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> deepest = new TreeMap<>();

    @Test
    void tenTimesTheStoresPace_isShedWithinBoundsAndEveryAcceptedTaskEnds() throws Exception {
        RpcProxyTransport transport = RpcProxyTransport.builder()
                .engines(List.of("127.0.0.1:" + rpcPort))
                .build();
        try (LauncherProcess engine =
                        LoadedEngine.start("jdbc:sqlite:" + folder.resolve("tasks.db"), httpPort, rpcPort);
                RefreshProxy proxy = RefreshProxy.builder()
                        .id("node-1")
                        .transport(transport)
                        .cache(ProxyCache.front("model", new VersionedCache()))
                        .build()) {
            api.awaitReady();
            proxy.start();
            api.awaitBody("/v1/engine/devices", 200, "\"connected\":true");

            List<Long> heap = offer();
            assertThat(engine.isAlive()).isTrue();
            awaitEnds();
            awaitIdle();

            long idle = heap();
            logger.info("offered {} at {} a second: {}", RATE * SECONDS, RATE, new TreeMap<>(statuses));
            logger.info("deepest {}", deepest);
            logger.info(
                    "live heap, MiB: {} while offered, {} idle",
                    heap.stream().map(b -> b / MIB).toList(),
                    idle / MIB);
            assertThat(faults)
                    .as("answers but 202, and 429 and 503 with Retry-After")
                    .isEmpty();
            assertThat(statuses.keySet()).containsExactlyInAnyOrder(202, 429, 503);
            assertThat(deepest.keySet()).isEqualTo(BOUNDS.keySet());
            deepest.forEach((queue, length) ->
                    assertThat(length).as(queue).isLessThanOrEqualTo(BOUNDS.getOrDefault(queue, 0L)));
            assertThat(deepest.get("input_task_queue")).as("pressed").isGreaterThan(LoadedEngine.QUEUE / 2);
            long begin = heap.get(0);
            assertThat(heap.get(heap.size() - 1)).as("live heap %s", heap).isLessThan(begin + begin / 4 + 8 * MIB);
            assertThat(idle).as("live heap %s", heap).isLessThan(begin + begin / 4 + 8 * MIB);
        }
    }

    /** Sends all, reads how long the queues are meanwhile; the live heap after the first fifth and at the end. */
    private List<Long> offer() throws Exception {
        List<KeptConnection> connections = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(new KeptConnection(httpPort, this::answered));
        }
        List<Long> heap = new ArrayList<>();
        int all = RATE * SECONDS;
        Queue<IOException> cut = new ConcurrentLinkedQueue<>();
        Thread sender = new Thread(() -> send(connections, all, cut), "sender");
        sender.setDaemon(true);
        sender.start();
        long beginNanos = System.nanoTime();
        while (sender.isAlive()) {
            readQueues();
            if (heap.isEmpty() && System.nanoTime() - beginNanos > TimeUnit.SECONDS.toNanos(SECONDS) / 5) {
                heap.add(heap());
            }
            sender.join(20);
        }
        heap.add(heap());
        await().atMost(PATIENCE)
                .until(() -> connections.stream().allMatch(each -> each.underWay() == 0 || each.broken() != null));
        assertThat(cut).isEmpty();
        for (KeptConnection connection : connections) {
            assertThat(connection.broken()).isNull();
            connection.close();
        }
        assertThat(statuses.values().stream().mapToInt(AtomicInteger::get).sum())
                .isEqualTo(all);
        return heap;
    }

    /** Half of all are of one host, which has a limit as each other has. */
    private static void send(List<KeptConnection> connections, int all, Queue<IOException> cut) {
        long beginNanos = System.nanoTime();
        try {
            for (int i = 0; i < all; i++) {
                String host = i % 2 == 0 ? "greedy.test" : "h" + i / 2 % OTHER_HOSTS + ".test";
                connections
                        .get(i % connections.size())
                        .post("/v1/engine/task", "{\"targets\":[\"http://" + host + "/" + i + "\"]}");
                LockSupport.parkNanos(beginNanos + i * 1_000_000_000L / RATE - System.nanoTime());
            }
        } catch (IOException e) {
            cut.add(e);
        }
    }

    private void answered(Answer answer) {
        statuses.computeIfAbsent(answer.status(), status -> new AtomicInteger()).incrementAndGet();
        Matcher id = ID.matcher(answer.body());
        if (answer.status() == 202 && id.find()) {
            accepted.add(id.group(1));
        } else if (answer.status() != 429 && answer.status() != 503
                || !answer.retryAfter().matches("[1-9]\\d*")) {
            faults.add(answer);
        }
    }

    private void readQueues() throws IOException, InterruptedException {
        lengths().forEach((queue, length) -> deepest.merge(queue, length, Math::max));
    }

    private Map<String, Long> lengths() throws IOException, InterruptedException {
        HttpResponse<String> stats = api.get("/v1/engine/stats?local=true");
        assertThat(stats.statusCode()).as(stats.body()).isEqualTo(200);
        Map<String, Long> lengths = new TreeMap<>();
        for (String queue : BOUNDS.keySet()) {
            Matcher length = Pattern.compile('"' + queue + "\":(\\d+)").matcher(stats.body());
            assertThat(length.find()).as("%s in %s", queue, stats.body()).isTrue();
            lengths.put(queue, Long.parseLong(length.group(1)));
        }
        return lengths;
    }

    private long heap() throws IOException, InterruptedException {
        return Long.parseLong(api.post("/heap", "").body());
    }

    private void awaitEnds() {
        assertThat(accepted).doesNotHaveDuplicates();
        Queue<String> open = new ConcurrentLinkedQueue<>(accepted);
        await().atMost(PATIENCE.plusSeconds(SECONDS)).pollDelay(Duration.ZERO).until(() -> {
            for (String id = open.peek(); id != null && isFinal(id); id = open.peek()) {
                open.remove();
            }
            return open.isEmpty();
        });
    }

    private boolean isFinal(String id) throws IOException, InterruptedException {
        HttpResponse<String> task = api.get("/v1/engine/task/" + id);
        assertThat(task.statusCode()).as(task.body()).isEqualTo(200);
        assertThat(task.body()).doesNotContain("\"state\":\"FAILED\"");
        for (TaskState state : TaskState.values()) {
            if (state.isFinal() && task.body().contains("\"state\":\"" + state.name() + "\"")) {
                return true;
            }
        }
        return false;
    }

    private void awaitIdle() throws IOException, InterruptedException {
        await().atMost(PATIENCE).until(() -> lengths().values().stream().allMatch(length -> length == 0));
        HttpResponse<String> next = api.post("/v1/engine/task", "{\"targets\":[\"http://after.test/\"]}");
        assertThat(next.statusCode()).as(next.body()).isEqualTo(202);
    }
}
