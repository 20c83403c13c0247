// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
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

/** Those who wait for tasks of one lane. Looked at after each committed save. Bounded. Confined to the lane. */
final class Waits {
    static final int MAX_WAITS = 100_000;
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

    private record Wait(long number, LiveTask live, WaitQuery query, Consumer<Answer<WaitResult>> done, long[] timer) {}

    void add(LiveTask live, WaitQuery query, Consumer<Answer<WaitResult>> done) {
        WaitResult now = evaluate(live, query);
        // What is not committed yet may not be told; the commit is under way and will be looked at.
        boolean isSettledNow = now.verdict() != Verdict.NOT_YET && !live.isDirty && !live.isSaving;
        if (isSettledNow || query.timeout().isZero()) {
            done.accept(new Answer.Value<>(
                    isSettledNow ? now : new WaitResult(Verdict.NOT_YET, now.progress(), now.tally())));
            return;
        }
        if (byNumber.size() >= MAX_WAITS) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
            return;
        }
        long number = laneBits | ++lastNumber;
        Wait wait = new Wait(number, live, query, done, new long[1]);
        byNumber.put(number, wait);
        byTask.computeIfAbsent(live, any -> new ArrayList<>(1)).add(wait);
        wait.timer[0] =
                parts.timer().arm(parts.clock().nanos() + query.timeout().toNanos(), LaneParts.WAIT_TIMER, number);
    }

    int size() {
        return byNumber.size();
    }

    private WaitResult evaluate(LiveTask live, WaitQuery query) {
        Tallies tallies = parts.devices().tallies(Tallies.Subject.of(live));
        Tally tally = tallies.of(query);
        return new WaitResult(tallies.verdict(query, tally), live.progress(tallies.all()), tally);
    }

    /** The task was saved: tells those whose wish is met or cannot be met any more. */
    void evaluate(LiveTask live) {
        List<Wait> waits = byTask.get(live);
        if (waits == null) {
            return;
        }
        for (Wait wait : new ArrayList<>(waits)) {
            WaitResult result = evaluate(live, wait.query);
            if (result.verdict() != Verdict.NOT_YET) {
                finish(wait, new Answer.Value<>(result));
            }
        }
    }

    void timedOut(long number) {
        Wait wait = byNumber.get(number);
        if (wait != null) {
            wait.timer[0] = 0;
            answerNow(wait);
        }
    }

    private void answerNow(Wait wait) {
        WaitResult now = evaluate(wait.live, wait.query);
        Verdict verdict = wait.live.isDirty || wait.live.isSaving ? Verdict.NOT_YET : now.verdict();
        finish(wait, new Answer.Value<>(new WaitResult(verdict, now.progress(), now.tally())));
    }

    /** The task leaves memory. */
    void abandon(LiveTask live) {
        for (Wait wait : new ArrayList<>(byTask.getOrDefault(live, List.of()))) {
            answerNow(wait);
        }
    }

    void endAll(Answer<WaitResult> answer) {
        for (Wait wait : new ArrayList<>(byNumber.values())) {
            finish(wait, answer);
        }
    }

    private void finish(Wait wait, Answer<WaitResult> answer) {
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
        wait.done.accept(answer);
    }
}
