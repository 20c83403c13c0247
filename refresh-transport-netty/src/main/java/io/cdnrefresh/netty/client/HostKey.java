// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

/**
 * Where a connection leads.
 *
 * @param host name or address
 * @param port 1 to 65535
 * @param tlsName whom the certificate must name; empty = no TLS
 */
record HostKey(String host, int port, String tlsName) {
    static HostKey of(HttpCall call) {
        return new HostKey(call.host(), call.port(), call.isSecure() ? withoutPort(call.authority()) : "");
    }

    private static String withoutPort(String authority) {
        int bracket = authority.indexOf(']');
        if (authority.startsWith("[") && bracket > 0) {
            return authority.substring(1, bracket);
        }
        int colon = authority.lastIndexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    boolean isSecure() {
        return !tlsName.isEmpty();
    }
}
