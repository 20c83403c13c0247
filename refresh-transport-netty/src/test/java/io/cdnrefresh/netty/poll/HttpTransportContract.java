// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.testkit.TransportContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** The contract over HTTP, in front of whatever transport takes the polls. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpTransportContract extends TransportContract {
    final NettyLoops loops = NettyLoops.create();
    private final HttpClient client = HttpClient.builder().loops(loops).build();

    @AfterAll
    void closeLoops() {
        client.close();
        loops.close();
    }

    /** What the engine starts. */
    abstract EngineTransport whole(HttpEngineTransport polls);

    @Override
    protected EngineTransport newEngine() {
        HttpEngineTransport engine = HttpEngineTransport.builder()
                .loops(loops)
                .heartbeat(Duration.ofMillis(300))
                .linkBytes(512 << 10)
                .build();
        return new FrontedTransport(whole(engine), engine, loops);
    }

    @Override
    protected ProxyTransport newProxy(List<EngineTransport> started) {
        return HttpProxyTransport.builder()
                .loops(loops)
                .client(client)
                .maxWait(Duration.ofMillis(500))
                .backoff(Duration.ofMillis(10), Duration.ofMillis(100))
                .engines(started.stream()
                        .map(engine -> "127.0.0.1:" + ((FrontedTransport) engine).port())
                        .toList())
                .build();
    }
}
