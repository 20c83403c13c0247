// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the window knows of one step of one task. Owned by the agent; not thread-safe. */
final class Entry {
    final long task;
    final int step;
    /** Those whose final report is not acknowledged. */
    final List<Asker> askers = new ArrayList<>(1);

    /** Other commands that are done with this one. */
    List<Key> also = List.of();

    /** Size as the window counts it. */
    long bytes;
    /** Whether some engine has the final report for good. */
    boolean isAcknowledged;
    /** Whether it stands in the window's list of what may be dropped. */
    boolean isListed;

    /** What executes it at this moment. */
    @Nullable
    CommandRun run;

    private @Nullable RunResult interim;
    private @Nullable RunResult result;

    Entry(long task, int step, long bytes) {
        this.task = task;
        this.step = step;
        this.bytes = bytes;
    }

    @Nullable
    RunResult interim() {
        return interim;
    }

    void interim(RunResult known) {
        interim = known;
    }

    /** The final result; null while the command is under way. */
    @Nullable
    RunResult result() {
        return result;
    }

    void result(RunResult last) {
        interim = null;
        run = null;
        result = last;
    }

    Key key() {
        return new Key(task, step);
    }

    /** Begins anew, when an engine that knows of the failure asks again. */
    void restart() {
        result = null;
        isAcknowledged = false;
    }

    boolean mayBeDropped() {
        return result != null && isAcknowledged && askers.isEmpty();
    }

    /** Whether it is finished and nobody who is connected waits for its report. */
    boolean isOrphan() {
        return result != null && askers.isEmpty();
    }

    /** Names an entry. */
    record Key(long task, int step) {}
}
