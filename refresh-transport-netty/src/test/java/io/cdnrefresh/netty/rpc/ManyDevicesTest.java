// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Frame;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One engine and many devices in another process: they connect, get a broadcast, report, half of them drop and return.
 * {@code -Drefresh.devices=10000} is the long form; it needs as many file descriptors in each process.
 */
class ManyDevicesTest {
    private static final Logger logger = LoggerFactory.getLogger(ManyDevicesTest.class);
    private static final int DEVICES = Integer.getInteger("refresh.devices", 400);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Test
    void manyDevices_connectGetReportDropAndReturn() throws Exception {
        try (NettyLoops loops = NettyLoops.create()) {
            RpcEngineTransport transport = RpcEngineTransport.builder()
                    .loops(loops)
                    .heartbeat(Duration.ofMinutes(1)) // no link may be lost here because the machine is busy
                    .build();
            ScriptedEngine engine = new ScriptedEngine(transport);
            transport.start(new EngineEpoch(1, 1), engine);
            state("before", transport);
            Process fleet = fleet(transport.port());
            try (OutputStream toFleet = fleet.getOutputStream()) {
                await().atMost(PATIENCE).until(() -> engine.connected.size() == DEVICES);
                int threads = state("connected", transport);
                broadcast(transport, 1);
                await().atMost(PATIENCE).until(() -> engine.reports.get() >= 20 * DEVICES);
                state("reported", transport);
                toFleet.write("drop\n".getBytes(StandardCharsets.UTF_8));
                toFleet.flush();
                await().atMost(PATIENCE).until(() -> engine.gone.size() >= DEVICES / 2);
                await().atMost(PATIENCE).until(() -> engine.connected.size() == DEVICES);
                // no less than were cut off; a host that is short of time may lose more, and each comes back
                logger.info("dropped: gone={} {}", engine.gone.size(), Set.copyOf(engine.gone));
                int before = engine.reports.get();
                broadcast(transport, 21);
                await().atMost(PATIENCE).until(() -> engine.reports.get() - before >= 20 * DEVICES);
                assertThat(state("returned", transport))
                        .as("does not grow with devices")
                        .isLessThan(threads + 20);
                assertThat(transport.links()).isEqualTo(DEVICES);
                assertThat(transport.protocolFaults()).isZero();
            } finally {
                fleet.destroyForcibly().waitFor();
                transport.shutdown(Duration.ofSeconds(10));
            }
        }
    }

    private static Process fleet(int port) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx2g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DeviceFleet.class.getName(),
                        Integer.toString(port),
                        Integer.toString(DEVICES))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Twenty commands for every device, in ten frames. */
    private static void broadcast(RpcEngineTransport transport, long first) {
        DeviceSet.Builder all = new DeviceSet.Builder();
        IntStream.range(0, DEVICES).forEach(all::add);
        for (int i = 0; i < 10; i++) {
            Frame frame = transport.encode(first + i * 2L, RpcResilienceTest.commands(first + i * 2L, 2));
            transport.publish(frame, all.build());
            frame.release();
        }
    }

    /** Logs memory; gives the number of threads. */
    private static int state(String when, RpcEngineTransport transport) {
        System.gc();
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 10;
        var pool = PooledByteBufAllocator.DEFAULT.metric();
        logger.info(
                "{}: links={} threads={} heapKiB={} directKiB={}",
                when,
                transport.links(),
                threads,
                heap,
                pool.usedDirectMemory() >> 10);
        return threads;
    }
}
