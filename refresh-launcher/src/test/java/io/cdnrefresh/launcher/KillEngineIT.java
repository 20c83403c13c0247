// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine is killed again and again while tasks are being submitted, with a proxy and a real cache: every task that was
 * answered with 202 ends verified, and clients get the origin's newer content.
 */
class KillEngineIT {
    private static final int ROUNDS = Integer.getInteger("refresh.kill.rounds", 4);
    private static final int URLS = 120;
    private static final String HOST = "www.example.com";

    @TempDir
    Path folder;

    private final long seed = Long.getLong("refresh.seed", 1);
    private final int httpPort = FreePorts.one();
    private final int rpcPort = FreePorts.one();

    private LauncherProcess engine() {
        return LauncherProcess.start(
                "engine",
                "--set",
                "engine.http.port=" + httpPort,
                "--set",
                "engine.rpc.port=" + rpcPort,
                "--set",
                "engine.data=" + folder);
    }

    @Test
    void killedWhileSubmitting_everyAcknowledgedTaskEndsVerified() throws Exception {
        EngineApi api = new EngineApi(httpPort);
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                LauncherProcess engine = engine();
                LauncherProcess proxy = NodeProcess.start(folder, rpcPort, "varnish", cache)) {
            killAndCheck(api, engine, cache, origin);
            assertThat(proxy.isAlive()).isTrue();
        }
    }

    private void killAndCheck(EngineApi api, LauncherProcess first, RealCache cache, DemoOrigin origin)
            throws Exception {
        Random random = new Random(seed);
        int acknowledged = 0;
        LauncherProcess engine = first;
        try {
            api.awaitReady();
            for (int round = 0; round < ROUNDS; round++) {
                String prefix = "/r" + round + "/";
                for (int i = 0; i < URLS; i++) {
                    PlainHttp.get(cache.port(), HOST, prefix + i);
                }
                origin.bump();
                Map<String, String> accepted = submitAndKill(api, engine, prefix, 20 + random.nextInt(400));
                engine = engine();
                acknowledged += accepted.size();
                check(api, accepted, cache, origin, round);
            }
        } finally {
            engine.close();
        }
        assertThat(acknowledged)
                .as("tasks that were put to the test, seed %d", seed)
                .isGreaterThan(ROUNDS);
    }

    /** Ids by path of all tasks that were answered with 202 before the engine was killed. */
    private static Map<String, String> submitAndKill(
            EngineApi api, LauncherProcess engine, String prefix, int afterMillis) throws InterruptedException {
        Map<String, String> accepted = new ConcurrentHashMap<>();
        AtomicInteger next = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int c = 0; c < 4; c++) {
            Thread client = new Thread(() -> submitAll(api, prefix, next, accepted), "client-" + c);
            client.start();
            clients.add(client);
        }
        // The moment of the kill is what is varied: nothing to wait for.
        TimeUnit.MILLISECONDS.sleep(afterMillis);
        engine.kill();
        for (Thread client : clients) {
            client.join();
        }
        engine.close();
        return accepted;
    }

    private static void submitAll(EngineApi api, String prefix, AtomicInteger next, Map<String, String> accepted) {
        try {
            for (int i = next.getAndIncrement(); i < URLS; i = next.getAndIncrement()) {
                Optional<String> id = api.trySubmit("http://" + HOST + prefix + i);
                if (id.isEmpty()) {
                    return;
                }
                accepted.put(prefix + i, id.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check(EngineApi api, Map<String, String> accepted, RealCache cache, DemoOrigin origin, int round) {
        api.awaitReady();
        accepted.forEach((path, id) -> {
            String task = api.awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
            assertThat(task).as("seed %d round %d", seed, round).contains("\"VERIFIED\":1");
            assertThat(PlainHttp.get(cache.port(), HOST, path).version())
                    .as("seed %d round %d %s", seed, round, path)
                    .isEqualTo(origin.version());
        });
    }
}
