// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The frames that wait for one proxy's next poll. Owned by the transport's event loop. */
final class Outbox {
    private final ArrayDeque<PollFrame> frames = new ArrayDeque<>();
    private long bytes;
    /** Commands of the first frame that were taken already. */
    private int taken;

    private long lastSequence = -1;

    /** Keeps a frame, with a reference of its own. */
    void add(PollFrame frame) {
        frame.retain();
        frames.add(frame);
        bytes += frame.sizeBytes();
    }

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Size of the frames that wait. */
    long bytes() {
        return bytes;
    }

    /** The highest sequence that was taken; −1 = none. */
    long lastSequence() {
        return lastSequence;
    }

    /** The next commands, in order, at most so many bytes of them unless a single one is larger. */
    List<byte[]> take(int maxBytes) {
        List<byte[]> commands = new ArrayList<>();
        long size = 0;
        while (!frames.isEmpty()) {
            PollFrame frame = frames.element();
            while (taken < frame.count()) {
                byte[] next = frame.command(taken);
                if (size > 0 && size + next.length > maxBytes) {
                    return commands;
                }
                commands.add(next);
                size += next.length;
                lastSequence = Math.max(lastSequence, frame.firstSequence() + taken);
                taken++;
            }
            frames.remove();
            taken = 0;
            bytes -= frame.sizeBytes();
            frame.release();
        }
        return commands;
    }

    /** Lets go of everything. */
    void clear() {
        frames.forEach(PollFrame::release);
        frames.clear();
        bytes = 0;
    }
}
