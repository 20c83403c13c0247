// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.poll.HttpProxyTransport;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ProxyTransport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * The devices of {@link TransportGoal}, in a process of their own. Arguments: {@code rpc}, {@code http} or {@code posts}, the
 * engine's port, the number of devices. {@code port}: where they listen, if they do.
 */
final class PushDevices {
    private static final byte[] REPORT =
            "{\"step\":0,\"final\":true,\"outcome\":\"VERIFIED\"}".getBytes(StandardCharsets.US_ASCII);

    private PushDevices() {}

    public static void main(String[] arguments) throws IOException {
        NettyLoops loops = NettyLoops.builder().httpThreads(1).build();
        int port = arguments[0].equals("posts") ? listen(loops) : 0;
        for (int i = 0; port == 0 && i < Integer.parseInt(arguments[2]); i++) {
            ProxyTransport transport = transport(arguments[0], loops, "127.0.0.1:" + arguments[1]);
            transport.start(new ReportingDevice(transport, "device-" + i));
        }
        Fork.serve(command -> switch (command) {
            case "port" -> new double[] {port};
            default -> Processes.figures(command);
        });
        System.exit(0);
    }

    private static ProxyTransport transport(String kind, NettyLoops loops, String engine) {
        return kind.equals("rpc")
                ? RpcProxyTransport.builder()
                        .engines(List.of(engine))
                        .loops(loops)
                        .build()
                : HttpProxyTransport.builder()
                        .engines(List.of(engine))
                        .loops(loops)
                        .client(HttpClient.builder().loops(loops).build())
                        .spread(Duration.ZERO)
                        .build();
    }

    /** Every POST is a command that is done: what a proxy costs at least that is pushed to over HTTP. */
    private static int listen(NettyLoops loops) {
        HttpApiServer server = HttpApiServer.builder((request, responder) ->
                        responder.respond(new ApiResponse(200, "application/json", List.of(), REPORT)))
                .host("127.0.0.1")
                .port(0)
                .loops(loops)
                .build();
        server.start();
        return server.port();
    }
}
