// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class NettyLoopsTest {
    @Test
    void build_separateSets_namesEveryThread() throws Exception {
        try (NettyLoops loops =
                NettyLoops.builder().httpThreads(2).rpcThreads(1).build()) {
            assertThat(threadName(loops.httpAccept())).isEqualTo("http-accept");
            assertThat(threadName(loops.http())).startsWith("http-io-");
            assertThat(threadName(loops.rpcAccept())).isEqualTo("rpc-accept");
            assertThat(threadName(loops.rpc())).isEqualTo("rpc-io-1");
        }
    }

    @Test
    void shutdown_idleLoops_leavesNoThread() throws Exception {
        NettyLoops loops = NettyLoops.builder().httpThreads(2).rpcThreads(2).build();
        Thread thread = thread(loops.http());

        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();

        assertThat(thread.isAlive()).isFalse();
        assertThat(loops.shutdown(Duration.ofSeconds(1))).isTrue();
    }

    @Test
    void shutdown_busyLoop_returnsFalseAtTheDeadline() {
        NettyLoops loops = NettyLoops.builder().httpThreads(1).rpcThreads(1).build();
        CountDownLatch gate = new CountDownLatch(1);
        loops.http().execute(() -> awaitQuietly(gate));

        assertThat(loops.shutdown(Duration.ofMillis(50))).isFalse();

        gate.countDown();
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void shutdown_givenGroup_leavesItRunning() throws Exception {
        var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            NettyLoops loops = NettyLoops.builder().group(group).build();

            assertThat(loops.shutdown(Duration.ofSeconds(1))).isTrue();

            assertThat(group.isShuttingDown()).isFalse();
            assertThat(loops.isNative()).isFalse();
            assertThat(threadName(loops.rpc())).isEqualTo(threadName(loops.httpAccept()));
        } finally {
            assertThat(group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void httpThreads_outOfRange_isRefused() {
        assertThatThrownBy(() -> NettyLoops.builder().httpThreads(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("httpThreads: -1 (expected: 0..256)");
    }

    private static String threadName(EventLoopGroup group) throws Exception {
        return thread(group).getName();
    }

    private static Thread thread(EventLoopGroup group) throws Exception {
        return group.submit(Thread::currentThread).get(5, TimeUnit.SECONDS);
    }

    private static void awaitQuietly(CountDownLatch gate) {
        try {
            assertThat(gate.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
