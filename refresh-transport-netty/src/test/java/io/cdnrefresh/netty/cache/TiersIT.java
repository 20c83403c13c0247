// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Three parents, each with two edges, all real nginx: what the order of tiers is good for, and what happens without. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TiersIT {
    private static final String HOST = "tiers.test";

    private final DemoOrigin origin = new DemoOrigin(0).start();
    private final List<RealCache> caches = new ArrayList<>();
    private final List<RealCache> edges = new ArrayList<>();
    private final List<CacheFleet.Node> nodes = new ArrayList<>();

    @BeforeAll
    void start() {
        for (int i = 0; i < 3; i++) {
            RealCache parent = add("parent", origin.port());
            edges.add(add("edge", parent.port()));
            edges.add(add("edge", parent.port()));
        }
    }

    private RealCache add(String tier, int behind) {
        RealCache cache = RealCache.of("nginx", behind);
        caches.add(cache);
        cache.start();
        nodes.add(new CacheFleet.Node(
                tier + "-" + caches.size(),
                tier,
                cache.settings()
                        .urlFence(Duration.ofSeconds(1))
                        .broadFence(Duration.ofSeconds(1))
                        .build()));
        return cache;
    }

    @AfterAll
    void stop() {
        caches.forEach(RealCache::close);
        origin.close();
    }

    private static String url(String path) {
        return "http://" + HOST + path;
    }

    private int version(RealCache edge, String path) {
        return PlainHttp.get(edge.port(), HOST, path).version();
    }

    /** Everywhere, and a second old: servers count whole ones. */
    private void fill(String path) {
        edges.forEach(edge -> version(edge, path));
        long second = System.currentTimeMillis() / 1_000;
        Awaitility.await().until(() -> System.currentTimeMillis() / 1_000 > second);
    }

    @Test
    void purge_byThePlanUnderTraffic_noEdgeRefillsTheOldCopy() throws Exception {
        String path = "/plan";
        fill(path);
        int old = origin.version();
        AtomicBoolean isOver = new AtomicBoolean();
        List<String> backwards = Collections.synchronizedList(new ArrayList<>());
        List<Thread> clients = new ArrayList<>();
        for (RealCache edge : edges) {
            Thread client = new Thread(
                    () -> {
                        int last = old;
                        while (!isOver.get()) {
                            int now = version(edge, path);
                            if (now < last) {
                                backwards.add("port " + edge.port() + " had " + last + ", then " + now);
                            }
                            last = now;
                        }
                    },
                    "client");
            clients.add(client);
            client.start();
        }
        try (CacheFleet fleet = new CacheFleet(nodes)) {
            int next = origin.bump();
            assertThat(fleet.run(RefreshTask.purge(url(path))).state()).isEqualTo(TaskState.DONE);
            for (RealCache edge : edges) {
                assertThat(version(edge, path)).isEqualTo(next);
            }
        } finally {
            isOver.set(true);
            for (Thread client : clients) {
                client.join(TimeUnit.SECONDS.toMillis(30));
            }
        }
        assertThat(backwards).isEmpty();
    }

    /** The negative control: what the plan is for. */
    @Test
    void purge_edgesBeforeParents_edgesRefillTheOldCopyAndKeepIt() {
        String path = "/control";
        fill(path);
        int old = origin.version();
        try (CacheFleet fleet = new CacheFleet(nodes)) {
            int next = origin.bump();
            RefreshTask task = RefreshTask.purge(url(path));
            for (String tier : List.of("edge", "parent")) {
                Scope scope = new Scope(List.of(), List.of(tier), List.of(), List.of());
                RefreshTask one =
                        task.withOptions(task.options().toBuilder().scope(scope).build());
                assertThat(fleet.run(one).state()).isEqualTo(TaskState.DONE);
                edges.forEach(edge -> version(edge, path)); // clients come at once
            }
            for (RealCache edge : edges) {
                assertThat(version(edge, path)).isEqualTo(old).isNotEqualTo(next);
            }
        }
    }

    @Test
    void refreshThenPreload_inOnePlan_everyEdgeHasTheNewCopyAndEachParentAskedOnce() {
        String path = "/both";
        fill(path);
        try (CacheFleet fleet = new CacheFleet(nodes)) {
            int next = origin.bump();
            long before = origin.hits(path);
            TaskHandle purge = fleet.submit(RefreshTask.purge(url(path)));
            RefreshTask preload = RefreshTask.preload(url(path));
            TaskHandle then = fleet.submit(preload.withOptions(
                    preload.options().toBuilder().after(purge.id()).build()));
            assertThat(CacheFleet.end(then).state()).isEqualTo(TaskState.DONE);
            assertThat(CacheFleet.end(purge).state()).isEqualTo(TaskState.DONE);
            assertThat(origin.hits(path) - before)
                    .as("one fetch for each parent")
                    .isEqualTo(3);
            for (RealCache edge : edges) {
                PlainHttp.Reply reply = PlainHttp.get(edge.port(), HOST, path);
                assertThat(reply.header("X-Cache")).endsWith("HIT");
                assertThat(reply.version()).isEqualTo(next);
            }
            assertThat(origin.hits(path) - before).isEqualTo(3);
        }
    }
}
