// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.PassingStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The store of a model: keeps exactly what was committed; goes away, loses answers, commits late what it has refused, and
 * lets its caller die before or after a commit. What becomes of rows is told to the ledger. One thread.
 */
final class ModelStore extends PassingStore implements TaskQueries {
    private static final int MAX_LATE = 16;

    final MemoryStore memory;
    private final TaskStore under;
    private final ModelLedger ledger;
    private final List<Late> late = new ArrayList<>();
    boolean isDown;
    /** So many calls commit, and their answer is lost. */
    int lostAnswers;
    /** So many updates are refused, and may be committed later. */
    int lateUpdates;
    /** The caller dies at the call that brings this to 0; after its commit if {@link #diesAfterCommit}. */
    int callsToDeath;

    boolean diesAfterCommit;
    /** The caller is dead; its stages may not know yet, but nothing of it gets here any more. */
    boolean isDead;

    /** {@code under} is what the engine's calls go through: the memory itself, or a faulty layer over it. */
    ModelStore(MemoryStore memory, TaskStore under, ModelLedger ledger) {
        super(under);
        this.memory = memory;
        this.under = under;
        this.ledger = ledger;
    }

    /** The engine's process is gone. An error, so that no stage takes it for a failure of the store. */
    @SuppressWarnings("serial")
    static final class Death extends Error {
        Death() {
            super("the engine dies", null, false, false);
        }
    }

    private record Late(EngineEpoch caller, List<TaskUpdate> updates) {}

    private static StoreException away(String why) {
        return new StoreException(Category.RETRYABLE, why, null);
    }

    @Override
    protected <T> T call(EngineEpoch caller, List<TaskId> ids, Supplier<T> work) {
        if (isDead) {
            throw new Death();
        }
        if (isDown) {
            throw away("down");
        }
        boolean isDeath = callsToDeath > 0 && --callsToDeath == 0;
        isDead = isDeath;
        if (isDeath && !diesAfterCommit) {
            throw new Death();
        }
        T answer;
        try {
            answer = work.get();
        } catch (FencedException e) {
            ledger.onFenced(caller);
            throw e;
        }
        ledger.onWritten(caller);
        see(ids);
        if (isDeath) {
            throw new Death();
        }
        if (lostAnswers > 0) {
            lostAnswers--;
            throw away("the answer is lost");
        }
        return answer;
    }

    private void see(List<TaskId> ids) {
        for (TaskId id : ids) {
            memory.find(id).ifPresent(ledger::onRow);
        }
    }

    @Override
    public void update(EngineEpoch caller, List<TaskUpdate> updates) {
        if (!isDown && !isDead && lateUpdates > 0) {
            lateUpdates--;
            if (late.size() < MAX_LATE) {
                late.add(new Late(caller, List.copyOf(updates)));
            }
            throw away("no answer in time");
        }
        super.update(caller, updates);
    }

    /** The server gets to a call that its client has given up. */
    void commitLate(int index) {
        if (late.isEmpty()) {
            return;
        }
        Late call = late.remove(index % late.size());
        try {
            under.update(call.caller, call.updates);
        } catch (FencedException e) {
            return;
        }
        ledger.onWritten(call.caller);
        see(call.updates.stream().map(TaskUpdate::id).toList());
    }

    @Override
    public Optional<TaskRow> find(TaskId id) {
        requireUp();
        return memory.find(id);
    }

    @Override
    public List<TaskHead> list(TaskFilter filter, long before, int limit) {
        requireUp();
        return memory.list(filter, before, limit);
    }

    @Override
    public List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
        requireUp();
        return memory.explain(url, filter, limit);
    }

    private void requireUp() {
        if (isDown) {
            throw away("down");
        }
    }
}
