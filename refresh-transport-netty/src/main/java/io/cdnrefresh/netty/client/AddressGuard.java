// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Predicate;

/**
 * Refuses to connect to some addresses. It sees the very address that the socket is given, after the name was resolved, so
 * that no answer of a name server can change between check and use.
 */
final class AddressGuard extends ChannelOutboundHandlerAdapter {
    private final Predicate<InetAddress> allowed;

    AddressGuard(Predicate<InetAddress> allowed) {
        this.allowed = allowed;
    }

    /** Why there was no connection. */
    static final class ForbiddenAddress extends IOException {
        private static final long serialVersionUID = 1L;

        ForbiddenAddress() {
            super("the address is not allowed");
        }
    }

    @Override
    public void connect(
            ChannelHandlerContext context, SocketAddress remote, SocketAddress local, ChannelPromise promise)
            throws Exception {
        boolean isAllowed = remote instanceof InetSocketAddress address
                && address.getAddress() != null
                && allowed.test(address.getAddress());
        if (isAllowed) {
            super.connect(context, remote, local, promise);
        } else {
            promise.setFailure(new ForbiddenAddress());
        }
    }
}
