// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.ApiResponse;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real HAProxy does with weight 0 and with removal, while clients keep their connections. */
class BalancerIT {
    @TempDir
    Path folder;

    /** The front of an engine that says its name. */
    private static HttpApiServer front(String name) {
        HttpApiServer server = HttpApiServer.builder((request, responder) -> responder.respond(
                        new ApiResponse(200, "text/plain", List.of(), name.getBytes(StandardCharsets.UTF_8))))
                .build();
        server.start();
        return server;
    }

    /** A client that keeps its connection. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(30_000);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** The name that was answered, with {@code close} if the connection is to end; empty if it was cut. */
        String ask() throws IOException {
            try {
                socket.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: engines\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                StringBuilder head = new StringBuilder();
                while (!head.toString().endsWith("\r\n\r\n")) {
                    int next = in.read();
                    if (next < 0) {
                        return "";
                    }
                    head.append((char) next);
                }
                String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
                int length = Integer.parseInt(lower.replaceAll("(?s).*content-length: *(\\d+).*", "$1"));
                String name = new String(in.readNBytes(length), StandardCharsets.UTF_8);
                return lower.contains("connection: close") ? name + " close" : name;
            } catch (java.net.SocketException cut) {
                return "";
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void weightZero_httpMode_nextRequestOfOpenConnectionGoesElsewhere() throws Exception {
        try (HttpApiServer one = front("one");
                HttpApiServer two = front("two");
                HaProxy balancer = HaProxy.start(folder, "http", List.of(one.port(), two.port()));
                Client client = new Client(balancer.port())) {
            assertThat(List.of(client.ask(), client.ask(), client.ask(), client.ask()))
                    .as("each request is balanced")
                    .contains("one", "two");
            balancer.admin("set server engines/engine-1 weight 0");
            assertThat(List.of(client.ask(), client.ask(), client.ask(), client.ask()))
                    .containsOnly("two");
            balancer.admin("set server engines/engine-1 weight 100%");
            balancer.admin("set server engines/engine-2 state drain");
            assertThat(List.of(client.ask(), client.ask(), client.ask(), client.ask()))
                    .containsOnly("one");
        }
    }

    @Test
    void weightZero_tcpMode_openConnectionStaysUntilDrainedOrRemoved() throws Exception {
        try (HttpApiServer one = front("one");
                HttpApiServer two = front("two");
                HaProxy balancer = HaProxy.start(folder, "tcp", List.of(one.port(), two.port()))) {
            balancer.admin("set server engines/engine-2 weight 0");
            try (Client kept = new Client(balancer.port());
                    Client cut = new Client(balancer.port())) {
                assertThat(kept.ask()).isEqualTo("one");
                assertThat(cut.ask()).isEqualTo("one");
                balancer.admin("set server engines/engine-2 weight 100%");
                balancer.admin("set server engines/engine-1 weight 0");
                assertThat(kept.ask()).as("weight 0 leaves it where it is").isEqualTo("one");
                try (Client late = new Client(balancer.port())) {
                    assertThat(late.ask()).isEqualTo("two");
                }
                // removal: what is open is cut
                balancer.admin("set server engines/engine-1 state maint");
                assertThat(kept.ask()).as("nor does maintenance by itself").isEqualTo("one");
                balancer.admin("shutdown sessions server engines/engine-1");
                assertThat(cut.ask()).isEmpty();
            }
        }
    }

    @Test
    void drainedEngine_tcpMode_sendsItsClientsElsewhere() throws Exception {
        try (HttpApiServer one = front("one");
                HttpApiServer two = front("two");
                HaProxy balancer = HaProxy.start(folder, "tcp", List.of(one.port(), two.port()))) {
            balancer.admin("set server engines/engine-2 weight 0");
            try (Client client = new Client(balancer.port())) {
                assertThat(client.ask()).isEqualTo("one");
                balancer.admin("set server engines/engine-2 weight 100%");
                one.stopAccepting();
                assertThat(client.ask())
                        .as("closed while it was idle, or told so")
                        .isIn("", "one close");
            }
            balancer.awaitServers(1);
            try (Client client = new Client(balancer.port())) {
                assertThat(client.ask()).isEqualTo("two");
            }
        }
    }
}
