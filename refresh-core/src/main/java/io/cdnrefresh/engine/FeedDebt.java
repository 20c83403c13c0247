// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.TaskId;
import java.util.ArrayList;
import java.util.List;

/**
 * What devices have not finally reported of a feed. Looks at the log in small parts, so that the feed waits for each of them
 * at most, and at a bounded number of places. Stateless.
 */
final class FeedDebt {
    /** Places of the log that are copied at once. */
    private static final int PART = 512;

    /** Devices of entries that one call looks at: 0.1 s. */
    private static final long MOST_LOOKS = 20_000_000;

    private FeedDebt() {}

    /** Some places of the log, and where the next ones begin; 0 = at its end. */
    private record Part(List<FeedEntry> entries, long next) {}

    private static Part part(FeedLog log, long from) {
        List<FeedEntry> entries = new ArrayList<>();
        long at = Math.max(from, log.head());
        long end = Math.min(log.next(), at + PART);
        for (; at < end; at++) {
            FeedEntry entry = log.get(at);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return new Part(entries, at >= log.next() ? 0 : at);
    }

    /**
     * By ordinal: how many commands a device has not finally reported, and when the oldest of them was accepted.
     *
     * @param behind at least so many where very much is open
     * @param sinceMillis Unix time; 0 = nothing is open
     */
    record Debts(long[] behind, long[] sinceMillis) {
        long behind(int device) {
            return device < behind.length ? behind[device] : 0;
        }

        long sinceMillis(int device) {
            return device < behind.length ? sinceMillis[device] : 0;
        }
    }

    /** The debts of the devices with ordinals below {@code devices}. */
    static Debts all(Feed feed, int devices) {
        long[] behind = new long[devices];
        long[] since = new long[devices];
        long[] looks = {0};
        long at = 1;
        while (at > 0 && looks[0] < MOST_LOOKS) {
            long from = at;
            Part part = feed.look(log -> part(log, from));
            for (FeedEntry entry : part.entries) {
                looks[0] += entry.devices().size();
                long accepted = acceptedMillis(entry);
                entry.devices().forEach(device -> {
                    if (device < devices && entry.isWantedBy(device)) {
                        since[device] = behind[device]++ == 0 ? accepted : since[device];
                    }
                });
            }
            at = part.next;
        }
        return new Debts(behind, since);
    }

    /**
     * Where to go on looking for the oldest debt of some devices, and what it is.
     *
     * @param sequence the oldest that one of them wants, or how far nothing was found
     * @param sinceMillis when its task was accepted, Unix time; 0 = nothing was found
     * @param isKnown whether it was looked for to the end
     * @param looks how much work it was
     */
    record Oldest(long sequence, long sinceMillis, boolean isKnown, long looks) {}

    /** The first entry that one of the devices wants; what they have reported they never want again. */
    static Oldest oldest(Feed feed, DeviceSet of, long from, long mostLooks) {
        long looks = 0;
        long at = Math.max(1, from);
        while (looks < mostLooks) {
            long begin = at;
            Part part = feed.look(log -> part(log, begin));
            for (FeedEntry entry : part.entries) {
                DeviceSet asked = entry.devices().and(of);
                looks += 1 + asked.size();
                if (!asked.filter(entry::isWantedBy).isEmpty()) {
                    return new Oldest(entry.sequence(), acceptedMillis(entry), true, looks);
                }
                at = entry.sequence() + 1;
            }
            if (part.next == 0) {
                return new Oldest(at, 0, true, looks);
            }
            at = part.next;
            looks++;
        }
        return new Oldest(at, 0, false, looks);
    }

    private static long acceptedMillis(FeedEntry entry) {
        return (entry.command().id().value() >>> 22) + TaskId.EPOCH_MILLIS;
    }
}
