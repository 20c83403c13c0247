// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.ApiResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets of the kernel under many purges in bursts, as purges come: ours stay within the pool; two controls show what the
 * pool prevents. {@code -Drefresh.purges=10000} is the long form.
 */
class PoolSocketsTest {
    private static final Logger logger = LoggerFactory.getLogger(PoolSocketsTest.class);
    private static final int BURST = 50;
    private static final int PURGES = Integer.getInteger("refresh.purges", 2_000);
    private static final int CLIENTS = Math.min(PURGES / 4, 4_000);
    private static final String ESTABLISHED = "01";
    private static final String TIME_WAIT = "06";

    private final NettyLoops loops = NettyLoops.create();
    private HttpApiServer server = newServer();

    private HttpApiServer newServer() {
        return HttpApiServer.builder(
                        (request, responder) -> responder.respond(new ApiResponse(200, "", List.of(), new byte[0])))
                .loops(loops)
                .build();
    }

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "needs /proc/net/tcp");
        server.start();
        while (sockets(TIME_WAIT) > 0) {
            // the kernel gave the port out before, to a server that others were connected to
            server.close();
            server = newServer();
            server.start();
        }
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private HttpCall purge() {
        return HttpCall.to("PURGE", "127.0.0.1", server.port(), "/a.css")
                .authority("www.example.com")
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    private void burst(HttpClient client, int calls, AtomicInteger done) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(calls);
        for (int i = 0; i < calls; i++) {
            client.execute(purge(), reply -> {
                if (reply instanceof HttpReply.Response response && response.status() == 200) {
                    done.incrementAndGet();
                }
                left.countDown();
            });
        }
        left.await();
    }

    /** Sockets in a state whose peer is the server: the client's ends. */
    private long sockets(String state) throws IOException {
        String peer = ":" + String.format(Locale.ROOT, "%04X", server.port());
        long count = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            if (!Files.isReadable(Path.of(table))) {
                continue;
            }
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] columns = line.trim().split("\\s+", 5);
                if (columns.length > 3 && columns[2].endsWith(peer) && columns[3].equals(state)) {
                    count++;
                }
            }
        }
        return count;
    }

    @Test
    void ourPool_manyPurges_staysWithinItsBounds() throws Exception {
        AtomicInteger done = new AtomicInteger();
        long before = sockets(TIME_WAIT);
        long during = 0;
        try (HttpClient client = HttpClient.builder().loops(loops).build()) {
            for (int sent = 0; sent < PURGES; sent += BURST) {
                burst(client, BURST, done);
                if (sent % (BURST * 10) == 0) {
                    during = Math.max(during, sockets(ESTABLISHED));
                }
            }
            assertThat(done).hasValue(PURGES);
            assertThat(client.stats().created()).isLessThanOrEqualTo(200);
        }
        await().until(() -> sockets(ESTABLISHED) == 0);
        long after = sockets(TIME_WAIT);
        logger.info("pool: purges={} established={} timeWait before={} after={}", PURGES, during, before, after);
        assertThat(before).isZero();
        assertThat(during).isBetween(1L, 64L);
        assertThat(after).isLessThanOrEqualTo(200);
    }

    @Test
    void poolOfTwo_manyPurges_leavesTimeWaitByTheThousands() throws Exception {
        AtomicInteger done = new AtomicInteger();
        try (HttpClient two =
                HttpClient.builder().loops(loops).maxIdlePerHost(2).build()) {
            for (int sent = 0; sent < PURGES; sent += BURST) {
                burst(two, BURST, done);
            }
            assertThat(done).hasValue(PURGES);
            long closed = two.stats().closed();
            logger.info("pool of two: purges={} closed={} timeWait={}", PURGES, closed, sockets(TIME_WAIT));
            assertThat(closed).isGreaterThan(PURGES / 2);
        }
        assertThat(sockets(TIME_WAIT)).isGreaterThan(PURGES / 4);
    }

    @Test
    void clientPerPurge_manyPurges_leavesOpenConnectionsByTheThousands() throws Exception {
        AtomicInteger done = new AtomicInteger();
        List<HttpClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                HttpClient one = HttpClient.builder()
                        .loops(loops)
                        .idleTimeout(Duration.ofMinutes(10))
                        .build();
                clients.add(one);
                burst(one, 1, done);
            }
            assertThat(done).hasValue(CLIENTS);
            logger.info("client per purge: purges={} established={}", CLIENTS, sockets(ESTABLISHED));
            assertThat(sockets(ESTABLISHED)).isEqualTo(CLIENTS);
        } finally {
            clients.forEach(HttpClient::close);
        }
    }
}
