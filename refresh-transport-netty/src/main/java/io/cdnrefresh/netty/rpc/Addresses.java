// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import java.net.InetSocketAddress;

/** Reads {@code host:port} and {@code [ipv6]:port}. */
final class Addresses {
    private Addresses() {}

    static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? "" : address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            host = "";
        }
        int port = port(address.substring(colon + 1));
        if (host.isEmpty() || port < 1) {
            throw new IllegalArgumentException("engine: " + address + " (expected: host:port or [ipv6]:port)");
        }
        return InetSocketAddress.createUnresolved(host, port);
    }

    private static int port(String text) {
        if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int port = Integer.parseInt(text);
        return port > 65_535 ? -1 : port;
    }
}
