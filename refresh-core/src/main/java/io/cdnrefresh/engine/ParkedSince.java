// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Since when something has been parked for which device, as far as this engine remembers. Thread-safe. */
final class ParkedSince {
    private record Mark(String group, long millis) {}

    private final Map<Integer, Mark> oldest = new ConcurrentHashMap<>();

    void parked(Device device, List<Entry> entries) {
        for (Entry entry : entries) {
            Mark mark = new Mark(device.group(), TaskId.EPOCH_MILLIS + (entry.task() >>> 22));
            oldest.merge(device.ordinal(), mark, (old, other) -> old.millis <= other.millis ? old : other);
        }
    }

    /** Nothing is parked for the device any more. */
    void home(Device device) {
        oldest.remove(device.ordinal());
    }

    /** The oldest of each group, in Unix milliseconds. */
    Map<String, Long> byGroup() {
        Map<String, Long> groups = new HashMap<>();
        oldest.values().forEach(mark -> groups.merge(mark.group, mark.millis, Math::min));
        return groups;
    }
}
