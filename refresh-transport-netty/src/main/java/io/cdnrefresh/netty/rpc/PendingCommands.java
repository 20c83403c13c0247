// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport.Handler;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Commands that came over a link and that the proxy has not taken yet. What stands behind them on the link may be the very
 * acknowledgement that makes room for them: the link is read on until these are full. Owned by the link's event loop.
 */
public final class PendingCommands {
    /** From so many bytes on, as they came, nothing more is read; more than an engine leaves unreported by default. */
    static final int MOST_BYTES = 4 << 20;

    /** A link that is full for so long is given up: the next one brings the same commands. */
    static final long STANDSTILL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long LAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final ArrayDeque<Received> queue = new ArrayDeque<>();
    private long bytes;
    private long pauseNanos;
    private long movedNanos = System.nanoTime();

    /** A run and the bytes of the message whose last it was. */
    private record Received(CommandRun run, int bytes) {}

    /** Creates an empty queue. */
    public PendingCommands() {}

    /** Takes what a message of so many bytes brought. */
    public void add(List<CommandRun> runs, int messageBytes) {
        for (int i = 0; i < runs.size(); i++) {
            queue.add(new Received(runs.get(i), i == runs.size() - 1 ? messageBytes : 0));
        }
        bytes += runs.isEmpty() ? 0 : messageBytes;
    }

    /** Gives the proxy what has come, in order; false if some is left: to be called again after {@link #pauseNanos}. */
    public boolean offerTo(Handler handler, EngineLink link) {
        for (Received first = queue.peek(); first != null; first = queue.peek()) {
            if (!first.run.offerTo(handler, link)) {
                pauseNanos = Math.min(Math.max(FIRST_PAUSE_NANOS, pauseNanos * 2), LAST_PAUSE_NANOS);
                return false;
            }
            queue.remove();
            bytes -= first.bytes;
            pauseNanos = 0;
            movedNanos = System.nanoTime();
        }
        return true;
    }

    /** How long to wait before the next offer; grows with each that was refused. */
    public long pauseNanos() {
        return pauseNanos;
    }

    /** Whether nothing more may come in. */
    public boolean isFull() {
        return bytes >= MOST_BYTES;
    }

    /** Whether they are full and none was taken for a minute. */
    public boolean isStandingStill() {
        return isFull() && System.nanoTime() - movedNanos >= STANDSTILL_NANOS;
    }

    /** Forgets all. */
    public void clear() {
        queue.clear();
        bytes = 0;
        pauseNanos = 0;
    }
}
