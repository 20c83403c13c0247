// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

/**
 * The newest settled tasks of one lane: they stay in memory for their grace time, for those who ask how it went, but only so many of
 * them. At tens of thousands of tasks a second the others would be most of what lives, and copying them most of what the collector
 * does. Confined to the lane.
 */
final class SettledTasks {
    /** Of all lanes together: some 2 MB. */
    static final int MOST = 4_096;

    private final Lane lane;
    private final long[] newest;
    private int next;

    /** For one of so many lanes, a power of two of at most {@value #MOST}. */
    SettledTasks(Lane lane, int lanes) {
        this.lane = lane;
        newest = new long[MOST / lanes];
    }

    /** What is known of the task is stored; if it is settled by that, the oldest of those before it leaves. */
    void add(LiveTask live) {
        if (live.settledAt == null) {
            return;
        }
        long leaving = newest[next];
        newest[next] = live.key();
        next = next + 1 & newest.length - 1;
        LiveTask oldest = leaving == 0 || leaving == live.key() ? null : lane.find(leaving);
        // one that has come back since, or is being stored again, leaves by its timer
        if (oldest != null && oldest.settledAt != null && !oldest.isUnsaved()) {
            lane.drop(oldest);
        }
    }
}
