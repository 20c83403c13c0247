// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.PassingStore;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine in a process of its own whose store takes {@link #STORED_PER_SECOND} new tasks a second, with short queues and
 * a limit of each host. {@code POST /heap} answers what is alive of its heap, in bytes.
 */
final class LoadedEngine {
    static final int STORED_PER_SECOND = 500;
    static final int PER_HOST = 50;
    static final int QUEUE = 256;
    static final int LANES = 2;
    static final int MAX_TASKS = 4_000;

    private LoadedEngine() {}

    /** Starts it as a child. */
    static LauncherProcess start(String storeUrl, int httpPort, int rpcPort) {
        return LauncherProcess.startMain(LoadedEngine.class, storeUrl, "" + httpPort, "" + rpcPort);
    }

    /** Store URL, HTTP port, RPC port. */
    public static void main(String[] args) throws InterruptedException {
        JdbcStore store = JdbcStore.builder().url(args[0]).build();
        List<RateLimit> perHost = RateLimit.parse(PER_HOST + "/s");
        RefreshEngine engine = RefreshEngine.builder()
                .store(new SlowStore(store))
                .queries(store)
                .registry(store)
                .transport(RpcEngineTransport.builder()
                        .port(Integer.parseInt(args[2]))
                        .build())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(1))
                        .owner("load-test")
                        .savers(1)
                        .lanes(LANES)
                        .queueCapacity(QUEUE)
                        .maxBatch(50)
                        .maxTasks(MAX_TASKS)
                        .grace(Duration.ofSeconds(1))
                        .limits(new IntakeLimits(List.of(), Map.of(), perHost, Map.of(), false, Duration.ofSeconds(1)))
                        .build())
                .build();
        engine.start();
        HttpApiServer.builder(new HeapView(engine.api()))
                .host("127.0.0.1")
                .port(Integer.parseInt(args[1]))
                .maxPipelined(1_000)
                .build()
                .start();
        new CountDownLatch(1).await();
    }

    /** Takes so many rows a second, as a slow disk would. */
    private static final class SlowStore extends PassingStore {
        SlowStore(JdbcStore under) {
            super(under);
        }

        @Override
        public int maxWriters() {
            return 1;
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            LockSupport.parkNanos(rows.size() * 1_000_000_000L / STORED_PER_SECOND);
            return super.insert(caller, rows);
        }
    }

    private record HeapView(ApiEndpoint under) implements ApiEndpoint {
        @Override
        public void onRequest(ApiRequest request, ApiResponder responder) {
            if (!request.path().equals("/heap")) {
                under.onRequest(request, responder);
                return;
            }
            System.gc();
            long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            byte[] text = Long.toString(used).getBytes(StandardCharsets.US_ASCII);
            responder.respond(new ApiResponse(200, "text/plain", List.of(), text));
        }
    }
}
