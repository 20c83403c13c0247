// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One webhook: one event of one task. Immutable: {@code body} is never written to after construction.
 *
 * @param task the task
 * @param event what happened: {@code task.final} or {@code task.settled}
 * @param tenant whose task it is; empty = the platform's own
 * @param host name and port of the receiver
 * @param url where it is posted
 * @param trace W3C {@code traceparent} of the task; empty = it has none, or the row is of an earlier version
 * @param body what is posted; empty in lists
 * @param createdAt when it happened
 * @param giveUpAt when the last try is made
 * @param state what became of it
 * @param dueAt when the next try is due, or the engine that has claimed it is taken for dead; of no meaning at its end
 * @param attempts how often it was tried
 * @param history the newest tries, oldest first
 */
public record CallbackRow(
        TaskId task,
        String event,
        String tenant,
        String host,
        String url,
        String trace,
        byte[] body,
        Instant createdAt,
        Instant giveUpAt,
        State state,
        Instant dueAt,
        int attempts,
        List<CallbackAttempt> history) {
    /** The task reached its final state. */
    public static final String FINAL = "task.final";

    /** Nothing is owed any more. */
    public static final String SETTLED = "task.settled";

    private static final int MAX_HISTORY = 20;

    /** What became of a webhook. */
    public enum State {
        /** To be delivered. */
        PENDING,
        /** The receiver has taken it. */
        DELIVERED,
        /** Nobody took it in time: it is a dead letter. */
        DEAD,
        /** The receiver said 410: it wants no more of it. */
        GONE
    }

    /** Copies the list. */
    public CallbackRow {
        history = List.copyOf(history);
    }

    /** A new one, due at once. */
    public static CallbackRow pending(TaskId task, String event, String tenant, Place place, Instant now) {
        return new CallbackRow(
                task,
                event,
                tenant,
                place.host,
                place.url,
                place.trace,
                place.body,
                now,
                now.plus(place.patience),
                State.PENDING,
                now,
                0,
                List.of());
    }

    /**
     * What is posted, and where.
     *
     * @param host name and port of the receiver
     * @param url where it is posted
     * @param trace W3C {@code traceparent} of the task, or empty
     * @param body what is posted
     * @param patience how long it is tried
     */
    public record Place(String host, String url, String trace, byte[] body, Duration patience) {}

    /** What the receiver knows it by, the same at every try of every engine. */
    public String webhookId() {
        return "msg_" + task + '_' + event.substring(event.indexOf('.') + 1);
    }

    /** The same after one more try. */
    public CallbackRow after(CallbackAttempt attempt, State next, Instant due) {
        List<CallbackAttempt> tries = new ArrayList<>(history);
        tries.add(attempt);
        return with(
                next,
                due,
                giveUpAt,
                attempts + 1,
                tries.subList(Math.max(0, tries.size() - MAX_HISTORY), tries.size()));
    }

    /** The same, claimed until a time. */
    public CallbackRow claimedUntil(Instant until) {
        return with(state, until, giveUpAt, attempts, history);
    }

    /** The same, to be delivered once more. */
    public CallbackRow again(Instant now, Instant until) {
        return with(State.PENDING, now, until, attempts, history);
    }

    /** The same for a list. */
    public CallbackRow withoutBody() {
        return new CallbackRow(
                task,
                event,
                tenant,
                host,
                url,
                trace,
                new byte[0],
                createdAt,
                giveUpAt,
                state,
                dueAt,
                attempts,
                history);
    }

    private CallbackRow with(State next, Instant due, Instant until, int tries, List<CallbackAttempt> newHistory) {
        return new CallbackRow(
                task, event, tenant, host, url, trace, body, createdAt, until, next, due, tries, newHistory);
    }

    /** Names no URL, which may hold a secret, and no body. */
    @Override
    public String toString() {
        return "CallbackRow[" + webhookId() + ' ' + host + ' ' + state + " attempts=" + attempts + ']';
    }
}
