// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two producers and a consumer: does every event come once, and with what was written before it was offered? */
@JCStressTest
@Outcome(id = "2, 30, 0", expect = Expect.ACCEPTABLE, desc = "both events, whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "lost, twice or torn")
@State
public class QueueHandOver {
    private int events;
    private int sum;
    private final StageQueue<int[]> queue = new StageQueue<>("stress", 2, (event, isEndOfBatch) -> {
        events++;
        sum += event[0];
    });

    /** The consumer is whoever calls {@code runPending}, one at a time. */
    public QueueHandOver() {
        queue.startInvoked();
    }

    private void offer(int value) {
        int[] event = new int[1];
        event[0] = value;
        queue.offer(event);
    }

    /** A producer. */
    @Actor
    public void first() {
        offer(10);
    }

    /** Another. */
    @Actor
    public void second() {
        offer(20);
    }

    /** The consumer. */
    @Actor
    public void consume() {
        queue.runPending();
    }

    /** What is left, and the sums. */
    @Arbiter
    public void look(III_Result result) {
        queue.runPending();
        result.r1 = events;
        result.r2 = sum;
        result.r3 = queue.depth();
    }
}
