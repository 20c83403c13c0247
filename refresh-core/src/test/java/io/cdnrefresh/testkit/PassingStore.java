// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * Passes every call on to another store, which stays open when this one is closed: what tests of a failing store start
 * from. As thread-safe as the store under it.
 */
public class PassingStore implements TaskStore {
    private final TaskStore under;

    public PassingStore(TaskStore under) {
        this.under = under;
    }

    /**
     * Every call but {@link #maxWriters} and {@link #close} goes through here.
     *
     * @param ids the tasks that the call writes, if it says which
     */
    protected <T> T call(EngineEpoch caller, List<TaskId> ids, Supplier<T> work) {
        return work.get();
    }

    @Override
    public int maxWriters() {
        return under.maxWriters();
    }

    @Override
    public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
        return call(caller, rows.stream().map(TaskRow::id).toList(), () -> under.insert(caller, rows));
    }

    @Override
    public void update(EngineEpoch caller, List<TaskUpdate> updates) {
        call(caller, updates.stream().map(TaskUpdate::id).toList(), () -> {
            under.update(caller, updates);
            return true;
        });
    }

    @Override
    public List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        return call(caller, List.of(), () -> under.claimDue(caller, now, limit));
    }

    @Override
    public List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        return call(caller, List.of(), () -> under.recover(caller, after, limit));
    }

    @Override
    public int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        return call(caller, List.of(), () -> under.retire(caller, finalBefore, limit));
    }

    @Override
    public void close() {}
}
