// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.testkit.TransportContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class LocalTransportContractTest extends TransportContract {
    private final LocalTransport hub = LocalTransport.builder()
            .linkFrames(64)
            .redialDelay(Duration.ofMillis(10))
            .heartbeat(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        hub.close();
    }

    @Override
    protected EngineTransport newEngine() {
        return hub.engineSide();
    }

    @Override
    protected ProxyTransport newProxy(List<EngineTransport> started) {
        return hub.proxySide();
    }

    @Override
    protected int references(Frame frame) {
        return ((LocalFrame) frame).references();
    }
}
