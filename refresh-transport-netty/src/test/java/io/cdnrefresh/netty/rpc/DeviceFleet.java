// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.netty.NettyLoops;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices of {@link ManyDevicesTest}, in a process of their own: port and number as arguments. {@code drop} on standard
 * input cuts every second one off and lets it dial again; its end ends the process.
 */
final class DeviceFleet {
    private static final Duration SPREAD = Duration.ofSeconds(5);

    private final NettyLoops loops = NettyLoops.create();
    private final List<RpcProxyTransport> transports = new ArrayList<>();
    private final int port;

    private DeviceFleet(int port) {
        this.port = port;
    }

    private RpcProxyTransport started(int device) {
        RpcProxyTransport transport = RpcProxyTransport.builder()
                .loops(loops)
                .spread(SPREAD)
                .engines(List.of("127.0.0.1:" + port))
                .build();
        transport.start(new ScriptedProxy(transport, "d" + device));
        return transport;
    }

    private void run(int devices) throws IOException {
        for (int device = 0; device < devices; device++) {
            transports.add(started(device));
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while ("drop".equals(in.readLine())) {
            for (int device = 0; device < devices; device += 2) {
                transports.get(device).shutdown(Duration.ZERO);
                transports.set(device, started(device));
            }
        }
    }

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException {
        DeviceFleet fleet = new DeviceFleet(Integer.parseInt(args[0]));
        try {
            fleet.run(Integer.parseInt(args[1]));
        } finally {
            System.exit(0);
        }
    }
}
