// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/** What commands have done for tasks that were not sent themselves, to be written page by page. Not thread-safe. */
final class ParkedShares {
    private static final int PAGE = 500;

    private final ArrayDeque<Share> waiting = new ArrayDeque<>();
    private @Nullable Report current;

    private record Share(LongArrayList ids, @Nullable Report report) {}

    /**
     * Takes ids over.
     *
     * @param report what an equal command did; null = another one has purged all of it
     */
    void add(LongArrayList ids, @Nullable Report report) {
        if (!ids.isEmpty()) {
            waiting.add(new Share(ids, report));
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The next ids, all of one share; empty = there are none. */
    List<TaskId> page() {
        List<TaskId> ids = new ArrayList<>();
        Share share = waiting.peek();
        if (share != null) {
            current = share.report;
            while (ids.size() < PAGE && !share.ids.isEmpty()) {
                ids.add(new TaskId(share.ids.removeAt(share.ids.size() - 1)));
            }
            if (share.ids.isEmpty()) {
                waiting.remove();
            }
        }
        return ids;
    }

    /** What to write into a task of the last page. */
    Report report(TaskId id, Instant now) {
        Report known = current;
        return known == null
                ? new Report(id, 0, 0, true, Outcome.PURGED, List.of(), now)
                : new Report(id, known.step(), 0, true, known.outcome(), known.exceptions(), known.at());
    }
}
