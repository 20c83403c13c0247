// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.spi.ApiStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An answer without an end: its body is delimited by the end of the connection. What is given before its turn has come
 * waits here, what the socket does not take waits in its outbound buffer, both together at most {@value
 * #MAX_WAITING_BYTES} bytes: a client that reads more slowly is cut off. Parts are written on the connection's loop.
 */
final class AnswerStream implements ApiStream {
    static final int MAX_WAITING_BYTES = 256 << 10;

    private final Channel channel;
    private final ArrayDeque<byte[]> early = new ArrayDeque<>();
    private final AtomicInteger waitingBytes = new AtomicInteger();
    private volatile boolean isEnded;
    private boolean isStarted;
    private boolean isClosing;

    AnswerStream(Channel channel) {
        this.channel = channel;
    }

    @Override
    public boolean write(byte[] part) {
        if (isEnded) {
            return false;
        }
        if (waitingBytes.addAndGet(part.length) > MAX_WAITING_BYTES) {
            isEnded = true;
            var unused = channel.close();
            return false;
        }
        return execute(() -> {
            early.add(part);
            send();
        });
    }

    @Override
    public void close() {
        if (!isEnded) {
            isEnded = true;
            execute(() -> {
                isClosing = true;
                send();
            });
        }
    }

    private boolean execute(Runnable step) {
        try {
            channel.eventLoop().execute(step);
            return true;
        } catch (RejectedExecutionException over) {
            isEnded = true;
            return false;
        }
    }

    /** The head is written. On the loop. */
    void start() {
        isStarted = true;
        send();
    }

    private void send() {
        if (!isStarted) {
            return;
        }
        for (byte[] part = early.poll(); part != null; part = early.poll()) {
            int bytes = part.length;
            channel.write(Unpooled.wrappedBuffer(part)).addListener(sent -> waitingBytes.addAndGet(-bytes));
        }
        channel.flush();
        if (isClosing) {
            Linger.begin(channel, false);
        }
    }

    /** The connection is gone, or nothing more may be written. */
    void onEnd() {
        isEnded = true;
    }
}
