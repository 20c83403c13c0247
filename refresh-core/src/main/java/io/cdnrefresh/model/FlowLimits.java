// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;

/**
 * How much one device may have under way, in targets that were sent and not reported, and when it counts as slow.
 * Immutable.
 *
 * @param urls of purges by URL, 1 or more
 * @param broad of broad purges, 1 or more
 * @param preloads of preloads, 1 or more
 * @param slowShare a slow device may have one part of so many of that, 1 or more
 * @param slowAfter the least latency or silence that counts as slow, more than 0
 * @param calm how long a slow device has to be well until it is fast again, more than 0
 */
public record FlowLimits(int urls, int broad, int preloads, int slowShare, Duration slowAfter, Duration calm) {
    /** For a proxy that purges some thousand URLs a second. */
    public static final FlowLimits DEFAULTS =
            new FlowLimits(16_384, 256, 4_096, 16, Duration.ofSeconds(5), Duration.ofSeconds(30));

    /** Checks every range. */
    public FlowLimits {
        requireOne("urls", urls);
        requireOne("broad", broad);
        requireOne("preloads", preloads);
        requireOne("slowShare", slowShare);
        requirePositive("slowAfter", slowAfter);
        requirePositive("calm", calm);
    }

    private static void requireOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: more than 0)");
        }
    }

    /** Targets of a queue that a device that is well may have under way. */
    public int of(QueueKind queue) {
        return switch (queue) {
            case URL -> urls;
            case BROAD -> broad;
            case PRELOAD -> preloads;
        };
    }
}
