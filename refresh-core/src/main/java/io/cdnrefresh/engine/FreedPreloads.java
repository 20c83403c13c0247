// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Preloads that some devices were not sent and may be sent now. Filled by any thread, drained by the feed. */
final class FreedPreloads implements EarlierRefreshes.Freed {
    /** At most one for each report that is being applied. */
    private final ConcurrentLinkedQueue<Freed> all = new ConcurrentLinkedQueue<>();

    private final Runnable wake;

    private record Freed(Collection<FeedEntry> preloads, DeviceSet devices) {}

    FreedPreloads(Runnable wake) {
        this.wake = wake;
    }

    @Override
    public void freed(Collection<FeedEntry> preloads, DeviceSet devices) {
        all.add(new Freed(preloads, devices));
        wake.run();
    }

    /** Each preload once, for all of its devices. */
    Map<FeedEntry, DeviceSet> drain() {
        Map<FeedEntry, DeviceSet> devices = new LinkedHashMap<>();
        for (Freed next = all.poll(); next != null; next = all.poll()) {
            for (FeedEntry preload : next.preloads) {
                devices.merge(preload, next.devices.and(preload.devices()), DeviceSet::or);
            }
        }
        return devices;
    }
}
