// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import java.time.Duration;
import java.util.List;

/** A transport with the HTTP front that its proxies poll; the front ends with it. */
final class FrontedTransport implements EngineTransport {
    private final EngineTransport transport;
    private final HttpApiServer front;

    FrontedTransport(EngineTransport transport, HttpEngineTransport http, NettyLoops loops) {
        this.transport = transport;
        front = HttpApiServer.builder(http.endpoint(
                        (request, responder) -> responder.respond(new ApiResponse(404, "", List.of(), new byte[0]))))
                .loops(loops)
                .build();
        front.start();
    }

    int port() {
        return front.port();
    }

    EngineTransport transport() {
        return transport;
    }

    @Override
    public void start(EngineEpoch engine, Handler handler) {
        transport.start(engine, handler);
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        return transport.encode(firstSequence, commands);
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        transport.publish(frame, devices);
    }

    @Override
    public void resume(int device, FrameSource source) {
        transport.resume(device, source);
    }

    @Override
    public void disconnect(int device, String reason) {
        transport.disconnect(device, reason);
    }

    @Override
    public void shutdown(Duration deadline) {
        transport.shutdown(deadline);
        front.close();
    }
}
