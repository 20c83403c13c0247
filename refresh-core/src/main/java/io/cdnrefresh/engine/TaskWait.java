// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of wait, wherever its task goes meanwhile: it waits here, or at the engine that has the task, and looks again
 * every second while nobody has it. So it outlives the engine that it waited at, and a move of the task. Thread-safe.
 */
final class TaskWait {
    /** The longest wait at another engine: one that hangs is noticed, and its task has another owner by then. */
    private static final Duration SLICE = Duration.ofSeconds(5);

    private static final Duration GRACE = Duration.ofSeconds(2);
    /** A rest that is not worth another round. */
    private static final long LEAST_NANOS = 50_000_000;

    private final EngineOperations operations;
    private final EngineClock clock;
    private final Call call;
    private final WaitQuery query;
    private final Supplier<Problem> unknown;
    private final long endNanos;

    TaskWait(EngineOperations operations, EngineClock clock, Call call, WaitQuery query, Supplier<Problem> unknown) {
        this.operations = operations;
        this.clock = clock;
        this.call = call;
        this.query = query;
        this.unknown = unknown;
        endNanos = clock.nanos() + query.timeout().toNanos();
    }

    void start() {
        operations.await(query, this::onAnswer);
    }

    private void again() {
        operations.await(rest(), this::onAnswer);
    }

    private WaitQuery rest() {
        return new WaitQuery(query.id(), query.goal(), Duration.ofNanos(Math.max(0, endNanos - clock.nanos())));
    }

    private boolean isOver() {
        return endNanos - clock.nanos() < LEAST_NANOS;
    }

    private void onAnswer(Answer<WaitResult> answer) {
        if (answer instanceof Answer.Elsewhere<WaitResult> elsewhere) {
            if (isOpen(elsewhere.stored())) {
                Duration rest = rest().timeout();
                Duration slice = rest.compareTo(SLICE) < 0 ? rest : SLICE;
                long askedNanos = clock.nanos();
                call.relay().pass(call, text(slice), slice.plus(GRACE), elsewhere.owner(), reply -> {
                    boolean hasWaited = clock.nanos() - askedNanos >= slice.toNanos() / 2;
                    onReply(reply, hasWaited, elsewhere.stored());
                });
            } else {
                end(elsewhere.stored());
            }
        } else if (!isOpen(answer) || !call.relay().later(this::again)) {
            end(answer);
        }
    }

    /** Whether another look may say more. A call from another engine is looked at again there. */
    private boolean isOpen(Answer<WaitResult> answer) {
        return answer instanceof Answer.Value<WaitResult> value
                && value.value().verdict() == Verdict.NOT_YET
                && !isOver()
                && !Relay.isRelayed(call.request());
    }

    private void onReply(@Nullable ApiResponse reply, boolean hasWaited, Answer<WaitResult> stored) {
        if (reply != null && (reply.status() != 202 || isOver())) {
            call.responder().respond(reply);
        } else if (reply != null && hasWaited) {
            again();
        } else if (isOver() || !call.relay().later(this::again)) {
            end(stored);
        }
    }

    private void end(Answer<WaitResult> answer) {
        call.answer(answer, unknown, result -> WaitRoutes.waited(query.goal(), result));
    }

    private String text(Duration timeout) {
        WaitGoal goal = query.goal();
        return "until=" + (goal.isAppliedEnough() ? "applied" : "verified") + "&of="
                + (goal.isOfServing() ? "serving" : "all") + "&quorum=" + percent(goal.quorumPercent())
                + (goal.group() == null ? "" : "&group=" + goal.group()) + "&timeout="
                + timeout.toMillis() + "ms";
    }

    private static String percent(double quorum) {
        return java.math.BigDecimal.valueOf(quorum).toPlainString();
    }
}
