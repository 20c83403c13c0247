// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.testkit.TransportContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

class RpcTransportContractTest extends TransportContract {
    private static final NettyLoops loops = NettyLoops.create();

    @AfterAll
    static void close() {
        loops.close();
    }

    @Override
    protected EngineTransport newEngine() {
        return RpcEngineTransport.builder()
                .loops(loops)
                .heartbeat(Duration.ofMillis(200))
                .linkBytes(256 << 10)
                .compressAboveBytes(0)
                .build();
    }

    @Override
    protected ProxyTransport newProxy(List<EngineTransport> started) {
        return RpcProxyTransport.builder()
                .loops(loops)
                .backoff(Duration.ofMillis(10), Duration.ofMillis(100))
                .engines(started.stream()
                        .map(engine -> "127.0.0.1:" + ((RpcEngineTransport) engine).port())
                        .toList())
                .build();
    }

    @Override
    protected int references(Frame frame) {
        return ((RpcFrame) frame).references();
    }
}
