// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/** The end of a connection in two steps, so that the peer reads the last answer. Stateless. */
final class Linger {
    private static final long WAIT_MILLIS = 1000;

    private Linger() {}

    /** Flushes, then says that nothing more will come; closes when the peer has done so too, or after a second. */
    static void begin(Channel channel, boolean isInputShut) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
            if (isInputShut || !flushed.isSuccess()) {
                var unused = channel.close();
                return;
            }
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
                shutdownOutput(channel);
            } else {
                tls.closeOutbound().addListener(closed -> shutdownOutput(channel));
            }
        });
        Runnable cutOff = () -> {
            var unused = channel.close();
        };
        var timeout = channel.eventLoop().schedule(cutOff, WAIT_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> timeout.cancel(false));
    }

    private static void shutdownOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            var unused = duplex.shutdownOutput();
        }
    }
}
