// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.engine.ApiCall;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A key that is revoked at one of two engines while it is in use on both. */
class RevokedKeyTest {
    private static final Logger logger = LoggerFactory.getLogger(RevokedKeyTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String TASK = "{\"targets\":[\"https://shop.test/a\"]}";

    private final List<AutoCloseable> open = new ArrayList<>();
    private final MemoryStore store = new MemoryStore();
    private final LocalCoordinator.Hub hub = new LocalCoordinator.Hub();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private RefreshEngine engine(int id) {
        LocalTransport transport = LocalTransport.create();
        open.add(transport);
        RefreshEngine engine = RefreshEngine.builder()
                .store(store)
                .queries(store)
                .registry(store)
                .coordinator(LocalCoordinator.builder().hub(hub).build())
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(id))
                        .owner("engine-" + id)
                        .queueCapacity(1_024)
                        .build())
                .build();
        open.add(engine);
        engine.start();
        await().atMost(LIMIT).until(() -> engine.unreadiness().isEmpty());
        return engine;
    }

    /** Submits with a key, one task after the other, until it is refused. */
    private static final class Load implements Runnable {
        final RefreshEngine engine;
        final String key;
        final AtomicLong accepted = new AtomicLong();
        final AtomicLong lastNanos = new AtomicLong();
        final List<Integer> others = new ArrayList<>();
        volatile boolean isRefused;

        Load(RefreshEngine engine, String key) {
            this.engine = engine;
            this.key = key;
        }

        @Override
        public void run() {
            while (!isRefused) {
                int status = ApiCall.of(engine.api(), key, "POST", "/v1/engine/task", TASK)
                        .status();
                if (status == 401) {
                    isRefused = true;
                } else if (status == 202) {
                    accepted.incrementAndGet();
                    lastNanos.set(System.nanoTime());
                } else if (status != 429 && status != 503) {
                    others.add(status);
                }
            }
        }
    }

    @Test
    void revoke_underLoad_endsOnBothEngines() throws Exception {
        RefreshEngine first = engine(0);
        RefreshEngine second = engine(1);
        String admin = ApiCall.key(first.api(), null, "{\"name\":\"ops\",\"admin\":true}");
        ApiCall.of(first.api(), admin, "PUT", "/v1/engine/devices/node-1", "{}");
        ApiCall.of(first.api(), admin, "POST", "/v1/admin/tenants", "{\"name\":\"shop\",\"hosts\":[\"shop.test\"]}");
        String key = ApiCall.key(first.api(), admin, "{\"name\":\"ci\",\"tenant\":\"shop\"}");
        await().atMost(LIMIT)
                .until(() -> ApiCall.of(second.api(), key, "POST", "/v1/engine/task", TASK)
                                .status()
                        == 202);

        List<Load> loads = List.of(new Load(first, key), new Load(second, key));
        List<Thread> threads = new ArrayList<>();
        for (Load load : loads) {
            Thread thread = new Thread(load, "load");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        await().atMost(LIMIT).until(() -> loads.stream().allMatch(load -> load.accepted.get() > 20));
        ApiResponse revoked = ApiCall.of(first.api(), admin, "DELETE", "/v1/admin/keys/" + key.split("_", -1)[1], "");
        long revokedNanos = System.nanoTime();
        assertThat(revoked.status()).isEqualTo(200);

        await().atMost(LIMIT).until(() -> loads.stream().allMatch(load -> load.isRefused));
        for (Thread thread : threads) {
            thread.join(LIMIT.toMillis());
        }
        for (int i = 0; i < loads.size(); i++) {
            Load load = loads.get(i);
            assertThat(load.others).isEmpty();
            logger.warn(
                    "key revoked engine={} last accepted after {} ms of {}",
                    i,
                    Math.max(0, (load.lastNanos.get() - revokedNanos) / 1_000_000),
                    load.accepted.get());
        }
    }
}
