// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.TaskStore;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An engine with its API and its RPC port, in a process of its own: what {@code refresh engine} starts, with room for more
 * tasks. Arguments: {@code memory} or a JDBC URL; {@code tls} for TLS on its RPC port.
 */
final class EngineProcess {
    /** Whose claim it is, in every life. */
    static final String OWNER = "load";

    private EngineProcess() {}

    /** Answers {@code ports} with those of API and RPC once it is ready, and how many ms that took from its start. */
    public static void main(String[] arguments) throws IOException {
        NettyLoops loops = NettyLoops.create();
        TaskStore store = arguments[0].equals("memory")
                ? new MemoryStore()
                : JdbcStore.builder().url(arguments[0]).build();
        SslContext tls = arguments.length > 1 ? LoadTls.server() : null;
        RpcEngineTransport transport = RpcEngineTransport.builder()
                .host("127.0.0.1")
                .port(0)
                .loops(loops)
                .tls(tls == null ? null : () -> tls)
                .build();
        RefreshEngine engine = RefreshEngine.builder()
                .store(store)
                .transport(transport)
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(1))
                        .owner(OWNER)
                        .maxTasks(20_000_000)
                        .build())
                .build();
        long startNanos = System.nanoTime();
        engine.start();
        HttpApiServer http = HttpApiServer.builder(engine.api())
                .host("127.0.0.1")
                .port(0)
                .loops(loops)
                .build();
        http.start();
        Fork.serve(command -> switch (command) {
            case "ports" -> {
                while (!engine.unreadiness().isEmpty()) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
                yield new double[] {http.port(), transport.port(), (System.nanoTime() - startNanos) / 1e6};
            }
            case "pause", "resume" -> {
                String unused = ask(engine, "POST", "/v1/engine/" + command, "{}");
                yield new double[] {System.nanoTime()};
            }
            default ->
                command.startsWith("recovered ")
                        ? new double[] {recovered(engine, Long.parseLong(command.substring(10)), startNanos)}
                        : Processes.figures(command);
        });
        http.stopAccepting();
        engine.shutdown(Duration.ofSeconds(1));
        http.close();
        store.close();
        loops.close();
    }

    /** Milliseconds from the start until so many tasks were in memory. */
    private static double recovered(RefreshEngine engine, long tasks, long startNanos) {
        while (inMemory(engine) < tasks) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return (System.nanoTime() - startNanos) / 1e6;
    }

    private static long inMemory(RefreshEngine engine) {
        String stats = ask(engine, "GET", "/v1/engine/stats", "");
        int at = stats.indexOf("\"tasks_in_cache\":") + 17;
        return at < 17 ? 0 : Long.parseLong(stats.substring(at, stats.indexOf(',', at)));
    }

    /** Asks the engine's API; the body of its answer. */
    private static String ask(RefreshEngine engine, String method, String path, String body) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        engine.api()
                .onRequest(
                        new LocalRequest(method, path, body.getBytes(StandardCharsets.UTF_8)),
                        response -> answer.complete(new String(response.body(), StandardCharsets.UTF_8)));
        return answer.join();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record LocalRequest(String method, String path, byte[] body) implements ApiRequest {
        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public String remote() {
            return "here";
        }
    }
}
