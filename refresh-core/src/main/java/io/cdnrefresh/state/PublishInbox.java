// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.Frame;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What the feed has published and a transport's thread has not yet looked at. Bounded by frames and bytes: what does
 * not fit is lost for its devices, from one sequence on without gaps, and they are told so.
 *
 * <p>{@link #offer} from any one thread at a time, {@link #drain} from the owner.
 */
public final class PublishInbox {
    /** What the owner does with it. */
    public interface Sink {
        /** A frame for some devices; the inbox keeps its reference until this returns. */
        void onFrame(Frame frame, long firstSequence, DeviceSet devices);

        /** These devices miss everything from this sequence on. */
        void onLost(DeviceSet devices, long firstSequence);
    }

    private record Entry(Frame frame, long firstSequence, DeviceSet devices) {}

    private final int maxFrames;
    private final long maxBytes;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long bytes;
    private @Nullable DeviceSet lost;
    private long lostFrom;
    private boolean isAwake;
    private boolean isClosed;

    /** An inbox for at most so many frames and bytes; one frame always fits. */
    public PublishInbox(int maxFrames, long maxBytes) {
        this.maxFrames = maxFrames;
        this.maxBytes = maxBytes;
    }

    /** Takes a frame, retaining it, or notes its loss; true if the owner has to be told to drain. */
    public synchronized boolean offer(Frame frame, long firstSequence, DeviceSet devices) {
        if (isClosed) {
            return false;
        }
        if (lost != null) {
            lost = lost.or(devices);
        } else if (!entries.isEmpty() && (entries.size() >= maxFrames || bytes + frame.sizeBytes() > maxBytes)) {
            lost = devices;
            lostFrom = firstSequence;
        } else {
            frame.retain();
            entries.add(new Entry(frame, firstSequence, devices));
            bytes += frame.sizeBytes();
        }
        boolean wasAwake = isAwake;
        isAwake = true;
        return !wasAwake;
    }

    /**
     * Hands over at most so many frames.
     *
     * @return whether there is more, and the owner has to come again
     */
    public boolean drain(int limit, Sink sink) {
        for (int i = 0; i < limit; i++) {
            Entry next;
            DeviceSet nowLost = null;
            long from = 0;
            synchronized (this) {
                next = entries.poll();
                if (next == null) {
                    isAwake = false;
                    nowLost = lost;
                    from = lostFrom;
                    lost = null;
                } else {
                    bytes -= next.frame.sizeBytes();
                }
            }
            if (next == null) {
                if (nowLost != null) {
                    sink.onLost(nowLost, from);
                }
                return false;
            }
            try {
                sink.onFrame(next.frame, next.firstSequence, next.devices);
            } finally {
                next.frame.release();
            }
        }
        return true;
    }

    /** Lets go of everything and takes nothing more. */
    public synchronized void close() {
        isClosed = true;
        lost = null;
        for (Entry entry = entries.poll(); entry != null; entry = entries.poll()) {
            entry.frame.release();
        }
        bytes = 0;
    }
}
