// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.state.PublishInbox;
import io.netty.channel.EventLoop;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The links of one event loop. A published frame costs one task here, which writes it to all of them and then flushes
 * each once. Owned by the event loop, but for {@link #publish}.
 */
final class EngineLoop implements PublishInbox.Sink {
    private static final int INBOX_FRAMES = 4_096;
    private static final long INBOX_BYTES = 64L << 20;
    private static final int DRAIN_LIMIT = 64;
    /** A set this many times smaller than the links is looked up instead of scanned for. */
    private static final int SPARSE = 8;

    private final EventLoop eventLoop;
    private final PublishInbox inbox = new PublishInbox(INBOX_FRAMES, INBOX_BYTES);
    private final Set<DeviceLink> open = new LinkedHashSet<>();
    private final IntObjectMap<DeviceLink> joined = new IntObjectHashMap<>();
    private final List<DeviceLink> dirty = new ArrayList<>();
    private volatile int joinedCount;

    EngineLoop(EventLoop eventLoop, EngineSettings settings) {
        this.eventLoop = eventLoop;
        long intervalNanos = settings.heartbeat().toNanos();
        var unused = eventLoop.scheduleWithFixedDelay(this::tick, intervalNanos, intervalNanos, TimeUnit.NANOSECONDS);
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    void publish(RpcFrame frame, DeviceSet devices) {
        if (joinedCount > 0 && inbox.offer(frame, frame.firstSequence(), devices)) {
            try {
                eventLoop.execute(this::drain);
            } catch (RejectedExecutionException ended) {
                inbox.close();
            }
        }
    }

    private void drain() {
        boolean hasMore = inbox.drain(DRAIN_LIMIT, this);
        for (DeviceLink link : dirty) {
            link.flush();
        }
        dirty.clear();
        if (hasMore) {
            eventLoop.execute(this::drain);
        }
    }

    /** Hands over what was published, and takes nothing more. */
    void finish() {
        while (inbox.drain(DRAIN_LIMIT, this)) {
            dirty.forEach(DeviceLink::flush);
            dirty.clear();
        }
        dirty.forEach(DeviceLink::flush);
        dirty.clear();
        inbox.close();
    }

    @Override
    public void onFrame(Frame frame, long firstSequence, DeviceSet devices) {
        RpcFrame rpc = (RpcFrame) frame;
        if (devices.size() * SPARSE < joined.size()) {
            devices.forEach(device -> {
                DeviceLink link = joined.get(device);
                if (link != null) {
                    write(link, rpc);
                }
            });
            return;
        }
        for (IntObjectMap.PrimitiveEntry<DeviceLink> entry : joined.entries()) {
            if (devices.contains(entry.key())) {
                write(entry.value(), rpc);
            }
        }
    }

    private void write(DeviceLink link, RpcFrame frame) {
        if (link.publish(frame)) {
            dirty.add(link);
        }
    }

    @Override
    public void onLost(DeviceSet devices, long firstSequence) {
        devices.forEach(device -> {
            DeviceLink link = joined.get(device);
            if (link != null) {
                link.lag(firstSequence);
            }
        });
    }

    void opened(DeviceLink link) {
        open.add(link);
    }

    void joined(int device, DeviceLink link) {
        joined.put(device, link);
        joinedCount = joined.size();
    }

    void closed(int device, DeviceLink link) {
        open.remove(link);
        if (device >= 0 && link.equals(joined.get(device))) {
            joined.remove(device);
            joinedCount = joined.size();
        }
    }

    private void tick() {
        long nowNanos = System.nanoTime();
        for (DeviceLink link : List.copyOf(open)) {
            link.tick(nowNanos);
        }
    }

    void drainNotice(byte[] farewell) {
        for (DeviceLink link : List.copyOf(open)) {
            link.sayFarewell(farewell);
        }
    }
}
