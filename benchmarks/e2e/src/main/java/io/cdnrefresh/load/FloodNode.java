// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The product's proxy in a process of its own, with a cache that takes some time for each purge, however many there are at
 * once. Arguments: the engine's address, milliseconds a purge. Answers {@code join}.
 */
final class FloodNode {
    private FloodNode() {}

    public static void main(String[] arguments) throws IOException {
        NettyLoops loops = NettyLoops.builder().httpThreads(1).build();
        try (SlowCache cache = new SlowCache(Integer.parseInt(arguments[1]));
                RefreshProxy proxy = RefreshProxy.builder()
                        .id("node-1")
                        .transport(RpcProxyTransport.builder()
                                .engines(List.of(arguments[0]))
                                .loops(loops)
                                .build())
                        .cache(ProxyCache.front("slow", cache))
                        .build()) {
            proxy.start();
            Fork.serve(command -> {
                if (!command.equals("join")) {
                    return Processes.figures(command);
                }
                while (proxy.stats().links() == 0 || !proxy.isReady()) {
                    LockSupport.parkNanos(1_000_000);
                }
                return new double[] {1};
            });
            System.exit(0); // the engine may be gone by now: nothing to say good-bye to
        }
    }

    private static final class SlowCache implements CacheServer {
        private final int millis;
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

        SlowCache(int millis) {
            this.millis = millis;
        }

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            var unused = timer.schedule(
                    () -> listener.onResult(new CacheResult.Gone(Instant.now(), true, Duration.ZERO)),
                    millis,
                    TimeUnit.MILLISECONDS);
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }
}
