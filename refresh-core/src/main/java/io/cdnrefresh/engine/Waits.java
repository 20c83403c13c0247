// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.TaskProgress.Tally;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.agrona.collections.Long2ObjectHashMap;

/** Those who wait for commits of one lane's tasks. Looked at after each save. Bounded. Confined to the lane. */
final class Waits {
    static final int MAX_WAITS = 100_000;
    /** How long a cancellation may wait for its commit. */
    private static final long CANCEL_NANOS = 30_000_000_000L;

    private static final int LANE_SHIFT = 48;

    private final long laneBits;
    private final LaneParts parts;
    private final Long2ObjectHashMap<Wait> byNumber = new Long2ObjectHashMap<>();
    private final Map<LiveTask, List<Wait>> byTask = new HashMap<>();
    private long lastNumber;

    Waits(int lane, LaneParts parts) {
        laneBits = (long) lane << LANE_SHIFT;
        this.parts = parts;
    }

    /** The lane that a wait timer's payload belongs to. */
    static int laneOf(long payload) {
        return (int) (payload >>> LANE_SHIFT);
    }

    private record Wait(long number, LiveTask live, Asker asker, long[] timer) {}

    /** Somebody who waits for a commit. */
    private interface Asker {
        /** The state of the task is committed; false: it goes on waiting. */
        boolean answer(LiveTask live);

        /** The state can never be committed. */
        void refused(LiveTask live);

        /** The time is over or the task leaves memory, whatever is committed. */
        void timedOut(LiveTask live);

        /** The engine cannot say. */
        void unavailable(Cause cause);
    }

    /** A caller of wait. */
    private final class Waiter implements Asker {
        private final WaitQuery query;
        private final Consumer<Answer<WaitResult>> done;

        Waiter(WaitQuery query, Consumer<Answer<WaitResult>> done) {
            this.query = query;
            this.done = done;
        }

        @Override
        public boolean answer(LiveTask live) {
            WaitResult now = evaluate(live, query);
            if (now.verdict() == Verdict.NOT_YET) {
                return false;
            }
            done.accept(new Answer.Value<>(now));
            return true;
        }

        @Override
        public void refused(LiveTask live) {
            tell(live, Verdict.IMPOSSIBLE);
        }

        @Override
        public void timedOut(LiveTask live) {
            // what is not committed yet may not be told
            if (isUncommitted(live) || !answer(live)) {
                tell(live, Verdict.NOT_YET);
            }
        }

        private void tell(LiveTask live, Verdict verdict) {
            WaitResult now = evaluate(live, query);
            done.accept(new Answer.Value<>(new WaitResult(verdict, now.progress(), now.tally())));
        }

        @Override
        public void unavailable(Cause cause) {
            done.accept(new Answer.Unavailable<>(cause, 1));
        }
    }

    /** A caller of cancel. */
    private record Canceller(CancelResult result, Consumer<Answer<CancelResult>> done) implements Asker {
        @Override
        public boolean answer(LiveTask live) {
            done.accept(new Answer.Value<>(result));
            return true;
        }

        @Override
        public void refused(LiveTask live) {
            unavailable(Cause.STORE_DOWN);
        }

        @Override
        public void timedOut(LiveTask live) {
            unavailable(Cause.STORE_DOWN);
        }

        @Override
        public void unavailable(Cause cause) {
            done.accept(new Answer.Unavailable<>(cause, 1));
        }
    }

    void add(LiveTask live, WaitQuery query, Consumer<Answer<WaitResult>> done) {
        add(live, new Waiter(query, done), query.timeout().toNanos());
    }

    void add(LiveTask live, CancelResult result, Consumer<Answer<CancelResult>> done) {
        add(live, new Canceller(result, done), CANCEL_NANOS);
    }

    private void add(LiveTask live, Asker asker, long timeoutNanos) {
        boolean isUncommitted = isUncommitted(live);
        if (!isUncommitted && live.isRefused && live.state.isFinal()) {
            asker.refused(live);
            return;
        }
        // the commit is under way and will be looked at
        if (!isUncommitted && asker.answer(live)) {
            return;
        }
        if (timeoutNanos == 0) {
            asker.timedOut(live);
            return;
        }
        if (byNumber.size() >= MAX_WAITS) {
            asker.unavailable(Cause.OVERLOADED);
            return;
        }
        long number = laneBits | ++lastNumber;
        Wait wait = new Wait(number, live, asker, new long[1]);
        byNumber.put(number, wait);
        byTask.computeIfAbsent(live, any -> new ArrayList<>(1)).add(wait);
        wait.timer[0] = parts.timer().arm(parts.clock().nanos() + timeoutNanos, LaneParts.WAIT_TIMER, number);
    }

    private static boolean isUncommitted(LiveTask live) {
        return live.isDirty || live.isSaving;
    }

    int size() {
        return byNumber.size();
    }

    private WaitResult evaluate(LiveTask live, WaitQuery query) {
        Tallies tallies = parts.devices().tallies(Tallies.Subject.of(live));
        Tally tally = tallies.of(query.goal());
        return new WaitResult(tallies.verdict(query.goal(), tally), live.progress(tallies.all()), tally);
    }

    /** The task was saved: tells those whose wish is met or cannot be met any more. */
    void evaluate(LiveTask live) {
        for (Wait wait : of(live)) {
            if (wait.asker.answer(live)) {
                remove(wait);
            }
        }
    }

    /** The end of the task can never be saved. */
    void refused(LiveTask live) {
        for (Wait wait : of(live)) {
            remove(wait);
            wait.asker.refused(live);
        }
    }

    private List<Wait> of(LiveTask live) {
        List<Wait> waits = byTask.get(live);
        return waits == null ? List.of() : new ArrayList<>(waits);
    }

    void timedOut(long number) {
        Wait wait = byNumber.get(number);
        if (wait != null) {
            wait.timer[0] = 0;
            remove(wait);
            wait.asker.timedOut(wait.live);
        }
    }

    /** The task leaves memory. */
    void abandon(LiveTask live) {
        for (Wait wait : of(live)) {
            remove(wait);
            wait.asker.timedOut(live);
        }
    }

    /** The engine stops. */
    void endAll() {
        for (Wait wait : new ArrayList<>(byNumber.values())) {
            remove(wait);
            wait.asker.unavailable(Cause.NOT_RUNNING);
        }
    }

    private void remove(Wait wait) {
        byNumber.remove(wait.number);
        List<Wait> ofTask = byTask.get(wait.live);
        if (ofTask != null) {
            ofTask.remove(wait);
            if (ofTask.isEmpty()) {
                byTask.remove(wait.live);
            }
        }
        if (wait.timer[0] != 0) {
            parts.timer().cancel(wait.timer[0]);
        }
    }
}
