// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A task that does harm is stopped before it has reached everybody. */
class StoppedTaskTest {
    private final LocalTransport transport = LocalTransport.create();
    private final MemoryStore store = new MemoryStore();
    private final RefreshEngine engine = RefreshEngine.builder()
            .store(store)
            .queries(store)
            .registry(store)
            .transport(transport.engineSide())
            .options(EngineOptions.DEFAULTS.toBuilder().owner("stopped").build())
            .build();
    private final List<RefreshProxy> proxies = new ArrayList<>();

    private enum Nature {
        DYING,
        REFUSING,
        HANGING
    }

    private record OddCache(Nature nature, AtomicInteger calls) implements CacheServer, CacheServer.PrefixPurgeCapable {
        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            boolean isCut = calls.getAndIncrement() % 2 == 0;
            switch (nature) {
                case DYING ->
                    listener.onResult(
                            new CacheResult.Failed("test", isCut ? CacheResult.Sign.CUT : CacheResult.Sign.AWAY));
                case REFUSING -> listener.onResult(new CacheResult.Denied("test"));
                case HANGING -> {}
            }
        }

        @Override
        public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
            purge(request, listener);
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }

        @Override
        public void close() {}
    }

    private void start(int count, Nature nature) {
        engine.start();
        for (int i = 0; i <= count; i++) {
            RefreshProxy proxy = RefreshProxy.builder()
                    .id("node-" + i)
                    .transport(transport.proxySide())
                    .options(ProxyOptions.builder()
                            .firstRetry(Duration.ofMillis(10))
                            .build())
                    .cache(new ProxyCache(
                            "cache",
                            new OddCache(i == count ? Nature.HANGING : nature, new AtomicInteger()),
                            Layer.FRONT,
                            null))
                    .build();
            proxies.add(proxy);
            proxy.start();
        }
        Awaitility.await()
                .until(() -> proxies.stream().allMatch(proxy -> proxy.stats().links() > 0));
    }

    @AfterEach
    void stop() {
        proxies.forEach(proxy -> proxy.shutdown(Duration.ZERO));
        engine.close();
        transport.close();
    }

    private TaskProgress run(RefreshTask task) throws Exception {
        return engine.submit(task).completion().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    @Test
    void task_threeDevicesDieWithIt_isStopped() throws Exception {
        start(3, Nature.DYING);
        TaskProgress end = run(RefreshTask.purge("http://a.test/x"));
        assertThat(end.state()).isEqualTo(TaskState.FAILED);
        assertThat(end.counts().of(Outcome.QUARANTINED)).isEqualTo(3);
        assertThat(end.counts().of(Outcome.CANCELLED)).isEqualTo(1);
    }

    @Test
    void broadTaskSpreadOverTime_mostDevicesRefuseIt_isStopped() throws Exception {
        start(5, Nature.REFUSING);
        RefreshTask task = RefreshTask.purgePrefix("http://a.test/x/");
        TaskProgress end = run(task.withOptions(
                task.options().toBuilder().spread(Duration.ofSeconds(1)).build()));
        assertThat(end.state()).isEqualTo(TaskState.FAILED);
        assertThat(end.counts().of(Outcome.DENIED)).isEqualTo(5);
        assertThat(end.counts().of(Outcome.CANCELLED)).isEqualTo(1);
    }
}
