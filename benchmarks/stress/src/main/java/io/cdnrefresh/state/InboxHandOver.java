// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.Frame;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZII_Result;

/** The owner drains while the feed offers: is a frame that was left lying announced, and is every reference given back? */
@JCStressTest
@Outcome(id = "false, 2, 0", expect = Expect.ACCEPTABLE, desc = "drained by the drain that was under way")
@Outcome(id = "true, 2, 0", expect = Expect.ACCEPTABLE, desc = "the owner was told to drain again, and did")
@Outcome(expect = Expect.FORBIDDEN, desc = "left lying, twice, or a reference kept")
@State
public class InboxHandOver {
    private static final DeviceSet DEVICES = DeviceSet.of(1);

    private final CountedFrame frame = new CountedFrame(new AtomicInteger());
    private final PublishInbox inbox = new PublishInbox(8, 1_000);
    private final Seen seen = new Seen();
    private boolean isTold;

    /** One frame waits already, and the owner was told. */
    public InboxHandOver() {
        inbox.offer(frame, 0, DEVICES);
    }

    /** The feed. */
    @Actor
    public void offer() {
        isTold = inbox.offer(frame, 1, DEVICES);
    }

    /** The transport. */
    @Actor
    public void drain() {
        inbox.drain(8, seen);
    }

    /** The transport, if it was told again. */
    @Arbiter
    public void again(ZII_Result result) {
        if (isTold) {
            inbox.drain(8, seen);
        }
        result.r1 = isTold;
        result.r2 = seen.frames;
        result.r3 = frame.references().get();
    }

    private static final class Seen implements PublishInbox.Sink {
        private int frames;

        @Override
        public void onFrame(Frame frame, long firstSequence, DeviceSet devices) {
            frames++;
        }

        @Override
        public void onLost(DeviceSet devices, long firstSequence) {
            frames = -1;
        }
    }

    private record CountedFrame(AtomicInteger references) implements Frame {
        @Override
        public void retain() {
            references.incrementAndGet();
        }

        @Override
        public void release() {
            references.decrementAndGet();
        }

        @Override
        public int sizeBytes() {
            return 1;
        }
    }
}
