// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;

/** What one cache has to do for one unit: a chain of calls, one at a time. Owned by the agent; not thread-safe. */
abstract class Work {
    /** Follow-ups, then one for each priority. */
    static final int RANKS = 4;

    final CommandRun run;
    final CacheLane lane;
    final Unit unit;
    int attempts;
    /** Whether it has begun before: then it goes before all that has not, so that little is begun at once. */
    boolean isFollowUp;

    Outcome outcome = Outcome.PENDING;
    String reason = "";
    /** Whether it has ended. */
    boolean isOver;
    /** The call under way. */
    boolean isCalling;

    Work(CommandRun run, CacheLane lane, Unit unit) {
        this.run = run;
        this.lane = lane;
        this.unit = unit;
        lane.unfinished++;
    }

    /** It has ended: its cache owes it nothing more. */
    final void ended() {
        isOver = true;
        lane.unfinished--;
    }

    final int rank() {
        if (isFollowUp) {
            return 0;
        }
        return switch (run.task().options().priority()) {
            case URGENT -> 1;
            case NORMAL -> 2;
            case BULK -> 3;
        };
    }

    final QueueKind queue() {
        return run.queue();
    }

    /** The run was cancelled: ends, unless a call is under way that will end it. */
    abstract void cancel();

    /** Makes the next call. Whatever it throws counts as {@link #onNoAnswer}. */
    abstract void invoke(Call call);

    /** The call came to nothing. */
    abstract void onNoAnswer(String why);

    /** The call takes long. */
    void onSlow() {}

    /** Waits for the next attempt; false if there were enough. */
    final boolean retry() {
        attempts++;
        Shop shop = run.shop;
        if (run.isCancelled || attempts >= shop.settings.maxAttempts() || shop.loop.nowNanos() - run.giveUpNanos >= 0) {
            return false;
        }
        shop.counters.retries.incrementAndGet();
        shop.loop.after(shop.settings.retryNanos(attempts, shop.random.nextDouble()), () -> shop.enqueue(this));
        return true;
    }
}
