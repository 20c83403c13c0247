// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.Frame;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Hand-over between the feed's thread and a transport's. */
class PublishInboxRaceTest {
    private static final DeviceSet DEVICES = DeviceSet.of(1);

    /** Whoever is told to drain does; nobody else. Every frame comes once, in order, and every reference is given back. */
    @Test
    void offerAndDrain_onTwoThreads_everyFrameOnceInOrder() throws Exception {
        int frames = 100_000;
        AtomicInteger references = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        Semaphore wakeUps = new Semaphore(0);
        PublishInbox inbox = new PublishInbox(frames, Long.MAX_VALUE);
        boolean[] wrong = new boolean[1];
        PublishInbox.Sink sink = new PublishInbox.Sink() {
            @Override
            public void onFrame(Frame frame, long firstSequence, DeviceSet devices) {
                wrong[0] |= firstSequence != seen.getAndIncrement();
            }

            @Override
            public void onLost(DeviceSet devices, long firstSequence) {
                wrong[0] = true;
            }
        };
        Thread owner = new Thread(() -> {
            try {
                while (seen.get() < frames && wakeUps.tryAcquire(10, TimeUnit.SECONDS)) {
                    boolean hasMore = true;
                    while (hasMore) {
                        hasMore = inbox.drain(7, sink);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        owner.start();
        Frame frame = new CountedFrame(references);
        for (int i = 0; i < frames; i++) {
            if (inbox.offer(frame, i, DEVICES)) {
                wakeUps.release();
            }
        }
        owner.join();
        assertThat(seen).hasValue(frames);
        assertThat(wrong[0]).isFalse();
        assertThat(references).hasValue(0);
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
