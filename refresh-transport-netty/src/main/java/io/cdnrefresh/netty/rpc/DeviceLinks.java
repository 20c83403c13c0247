// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.spi.EngineTransport.Handler;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which link is a device's. Thread-safe. What the engine is told of the coming and going of one device, it is told in turn,
 * though its links have several loops.
 */
final class DeviceLinks {
    private static final int TURNS = 64;

    private final Map<Integer, DeviceLink> links = new ConcurrentHashMap<>();
    private final Object[] turns = new Object[TURNS];
    private final Supplier<Handler> engine;

    DeviceLinks(Supplier<Handler> engine) {
        this.engine = engine;
        Arrays.setAll(turns, turn -> new Object());
    }

    private Object turn(int device) {
        return turns[device & TURNS - 1];
    }

    @Nullable
    DeviceLink get(int device) {
        return links.get(device);
    }

    boolean isCurrent(int device, DeviceLink link) {
        return link.equals(links.get(device));
    }

    /** The link is the device's from now on; one that it had is closed. */
    void join(int device, DeviceLink link, Runnable joined) {
        synchronized (turn(device)) {
            DeviceLink replaced = links.put(device, link);
            if (replaced != null) {
                replaced.disconnect("replaced by a newer link");
            }
            joined.run();
        }
    }

    /** The link is gone; the engine is told if it was the device's. */
    void leave(int device, DeviceLink link, String reason) {
        synchronized (turn(device)) {
            if (links.remove(device, link)) {
                engine.get().onGone(device, reason);
            }
        }
    }
}
