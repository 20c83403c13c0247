// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;
import java.util.List;

/**
 * How much one proxy preloads at once. Immutable.
 *
 * @param perHost most fetches of objects of one host at once, over all caches of the node; 1 to 65,536
 * @param bytesPerSecond most bytes a second that the node reads for preloads; 0 = no limit
 * @param hostBytesPerSecond the same for the objects of one host; 0 = no limit
 * @param jitter each target begins a random part of this later, so that nodes do not ask an origin together; 0 to 10 min
 * @param maxObjects most objects that playlists may add to one command; 1 to 1,000,000
 * @param pod the device ids of the nodes that share objects between them, this one among them; empty = it shares with none
 */
public record PreloadLimits(
        int perHost, long bytesPerSecond, long hostBytesPerSecond, Duration jitter, int maxObjects, List<String> pod) {
    /** Four fetches for a host at once, no limit of bytes, no pod. */
    public static final PreloadLimits DEFAULTS = new PreloadLimits(4, 0, 0, Duration.ZERO, 10_000, List.of());

    /** Checks the ranges and copies the list. */
    public PreloadLimits {
        pod = List.copyOf(pod);
        require("perHost", perHost, 1, 65_536);
        require("bytesPerSecond", bytesPerSecond, 0, 1L << 50);
        require("hostBytesPerSecond", hostBytesPerSecond, 0, 1L << 50);
        require("maxObjects", maxObjects, 1, 1_000_000);
        require("jitter", jitter.toMillis(), 0, 600_000);
    }

    private static void require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + ".." + most + ")");
        }
    }
}
