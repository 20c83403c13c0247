// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver with the settings that coordination needs, and three connections of it: leases must not wait
 * behind bulk, and what is parked goes in loads.
 *
 * <p>Nothing is buffered while disconnected and nothing is sent again after a reconnect: a lock command that arrives 30 s
 * late is a fault, and whoever asked repeats himself.
 */
final class RedisLink {
    private static final Logger logger = LoggerFactory.getLogger(RedisLink.class);
    private static final int THREADS = 2;

    private final ClientResources resources;
    private final Supplier<CompletionStage<Void>> shutdown;
    private final Connection leases;
    private final Connection bulk;
    private final Connection parking;

    /**
     * How commands are sent.
     *
     * @param timeout of a command, connecting included
     * @param requests that may wait on a connection
     * @param authority whom to trust over TLS; null = whom Java trusts
     */
    record Settings(
            Duration timeout, int requests, @Nullable Path authority) {}

    RedisLink(RedisAddress address, Settings settings) {
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .threadFactoryProvider(RedisLink::threadFactory)
                .reconnectDelay(
                        () -> Delay.fullJitter(Duration.ofMillis(50), Duration.ofSeconds(2), 50, TimeUnit.MILLISECONDS))
                .build();
        Supplier<CompletionStage<? extends Connection.Opened>> opener;
        if (address.isCluster()) {
            RedisClusterClient client = RedisClusterClient.create(resources, address.nodes());
            client.setOptions(clusterOptions(settings));
            shutdown = () -> client.shutdownAsync(0, 1, TimeUnit.SECONDS);
            opener = () -> client.refreshPartitionsAsync() // connectAsync wants to know the nodes
                    .thenCompose(known -> client.connectAsync(StringCodec.UTF8))
                    .thenApply(connection -> new Connection.Opened(connection, connection.async()));
        } else {
            RedisClient client = RedisClient.create(resources, address.nodes().get(0));
            client.setOptions(options(ClientOptions.builder(), settings).build());
            shutdown = () -> client.shutdownAsync(0, 1, TimeUnit.SECONDS);
            opener = () -> client.connectAsync(StringCodec.UTF8, address.nodes().get(0))
                    .thenApply(connection -> new Connection.Opened(connection, connection.async()));
        }
        leases = new Connection(opener, timer(), false);
        bulk = new Connection(opener, timer(), false);
        parking = new Connection(opener, timer(), true);
    }

    void open() {
        leases.open();
        bulk.open();
        parking.open();
    }

    Connection leases() {
        return leases;
    }

    Connection bulk() {
        return bulk;
    }

    /** Sends when it is told to. */
    Connection parking() {
        return parking;
    }

    /** Runs renewals and calls listeners. */
    ScheduledExecutorService timer() {
        return resources.eventExecutorGroup();
    }

    /** Ends connections and threads; waits a few seconds at most. */
    void close() {
        leases.close();
        bulk.close();
        parking.close();
        await(shutdown.get());
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    }

    private static void await(CompletionStage<Void> stage) {
        try {
            stage.toCompletableFuture().get(3, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.debug("redis driver not closed in order", e);
        }
    }

    private static ClientOptions.Builder options(ClientOptions.Builder builder, Settings settings) {
        SslOptions.Builder tls = SslOptions.builder().jdkSslProvider().protocols("TLSv1.3", "TLSv1.2");
        if (settings.authority != null) {
            tls.trustManager(settings.authority.toFile());
        }
        return builder.sslOptions(tls.build())
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .requestQueueSize(settings.requests)
                .timeoutOptions(TimeoutOptions.enabled(settings.timeout))
                .maintNotificationsConfig(MaintNotificationsConfig.disabled()) // servers before 8 refuse them
                .socketOptions(
                        SocketOptions.builder().connectTimeout(settings.timeout).build());
    }

    private static ClusterClientOptions clusterOptions(Settings settings) {
        ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
        options(builder, settings);
        return builder.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(Duration.ofSeconds(60))
                        .build())
                .build();
    }

    /** Driver's pools are called {@code lettuce-nioEventLoop}, {@code lettuce-eventExecutorLoop}, {@code lettuce-timer}. */
    private static ThreadFactory threadFactory(String pool) {
        String name = pool.contains("timer") ? "redis-timer" : pool.contains("xecutor") ? "redis-cb" : "redis-io";
        AtomicInteger number = new AtomicInteger();
        DefaultThreadFactory factory = new DefaultThreadFactory(name, true);
        return task -> {
            Thread thread = factory.newThread(task);
            thread.setName(name + "-" + number.getAndIncrement());
            return thread;
        };
    }
}
