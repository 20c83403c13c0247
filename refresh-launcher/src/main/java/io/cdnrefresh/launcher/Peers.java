// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.PeerCalls;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.PeerCaller;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;

/** What proxies and other engines are told of the engines. Thread-safe. */
final class Peers {
    private volatile List<String> rpcAddresses = List.of();

    private Peers() {}

    /** Those that the coordinator knows of, from now on. */
    static Peers of(Coordinator coordinator) {
        Peers peers = new Peers();
        coordinator
                .membership()
                .subscribe(members -> peers.rpcAddresses = members.stream()
                        .map(Member::rpcAddress)
                        .filter(address -> !address.isEmpty())
                        .toList());
        return peers;
    }

    /** For proxies to dial. */
    List<String> rpcAddresses() {
        return rpcAddresses;
    }

    /** The way to other engines' APIs; they speak TLS when this one does. */
    static PeerCaller caller(Config config, Closing parts, NettyLoops loops) {
        HttpClient.Builder client = HttpClient.builder().loops(loops);
        boolean isSecure = config.flag("engine.http.tls");
        String authorities = config.text("engine.http.peer-ca");
        if (isSecure && !authorities.isEmpty()) {
            client.tls(parts.add("peer tls", TlsFiles.client(Path.of(authorities), null, null)));
        }
        return new PeerCalls(parts.add("peer client", client.build()), isSecure);
    }

    /** By what name others reach a listener; empty if its port is not known beforehand. */
    static String address(Config config, String listener) {
        int port = config.number(listener + ".port");
        if (port == 0) {
            return "";
        }
        String advertised = config.text("engine.advertise");
        return (advertised.isEmpty() ? host(config.text(listener + ".host")) : advertised) + ":" + port;
    }

    /** A listener on every address is reached by the name of the host. */
    private static String host(String listening) {
        if (!listening.equals("0.0.0.0") && !listening.equals("::") && !listening.equals("[::]")) {
            return listening;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return listening;
        }
    }
}
