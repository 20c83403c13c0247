// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which devices take part in the feed. A device is <b>live</b> and gets every frame as it is made; or it <b>catches up</b>
 * with the log; or it has <b>stopped</b> on the way, since it is slow or has no room, and goes on later. Guarded by the
 * feed's lock, but for the wishes to join.
 */
final class Attendance {
    private final FlowControl flow;
    /** Filled by any thread, drained by the feed: one a device. */
    private final Map<Integer, CatchUp.Join> joins = new ConcurrentHashMap<>();

    private DeviceSet live = DeviceSet.EMPTY;
    /** Those who are live or have stopped: only they may be sent a command again. Read without the lock. */
    private volatile DeviceSet takingPart = DeviceSet.EMPTY;

    private final Map<Integer, CatchUp> sources = new HashMap<>();
    private final Map<Integer, CatchUp.Stop> stops = new HashMap<>();

    Attendance(FlowControl flow) {
        this.flow = flow;
    }

    /** Any thread, without the lock. A new link, or a gap in one, tells more than a second look. */
    void wish(CatchUp.Join join) {
        joins.merge(join.device(), join, (old, other) -> other.isContinued() ? old : other);
    }

    /** The wishes since the last call. The feed's thread, without the lock. */
    List<CatchUp.Join> wishes() {
        List<CatchUp.Join> all = new ArrayList<>();
        for (int device : List.copyOf(joins.keySet())) {
            CatchUp.Join join = joins.remove(device);
            if (join != null) {
                all.add(join);
            }
        }
        return all;
    }

    DeviceSet live() {
        return live;
    }

    /** Everybody who takes part and is not catching up. Any thread, without the lock. */
    DeviceSet liveAndStopped() {
        return takingPart;
    }

    void leave(int device) {
        live = live.filter(other -> other != device);
        takingPart = takingPart.filter(other -> other != device);
        stops.remove(device);
        sources.remove(device);
    }

    /** The device catches up from now on; what it did before is over. */
    void catchUp(CatchUp source) {
        leave(source.device());
        sources.put(source.device(), source);
    }

    boolean isCatchingUp(int device) {
        return sources.containsKey(device);
    }

    /** Whether the device still goes by this source, and not by a later one or by none. */
    boolean isCurrent(CatchUp source) {
        return sources.get(source.device()) == source;
    }

    /** The source has shown everything that it may. */
    void through(CatchUp source) {
        int device = source.device();
        sources.remove(device);
        if (source.isBlocked() || flow.isSlow(device)) {
            stops.put(device, source.stop());
        } else {
            live = live.or(DeviceSet.of(device));
        }
        takingPart = takingPart.or(DeviceSet.of(device));
    }

    /** A live device stops at this place of the log. */
    void stop(int device, long next) {
        if (live.contains(device)) {
            live = live.filter(other -> other != device);
            stops.put(device, CatchUp.Stop.of(new CatchUp.Join(device, next, List.of(), true)));
        }
    }

    /** Those who have stopped and may go on now. */
    List<CatchUp.Stop> mayGoOn(long next) {
        List<CatchUp.Stop> all = List.of();
        for (CatchUp.Stop stop : stops.values()) {
            if (stop.mayGoOn(flow, next)) {
                all = all.isEmpty() ? new ArrayList<>() : all;
                all.add(stop);
            }
        }
        return all;
    }

    /** Whether the entry of the log has had its turn with the device: from now on it is sent by itself only. */
    boolean hasPassed(FeedEntry entry, int device) {
        if (live.contains(device)) {
            return true;
        }
        CatchUp.@Nullable Stop stop = stops.get(device);
        return stop != null && stop.hasPassed(entry);
    }
}
