// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * After every test class of this module: Netty's leak detector, at its strictest, has nothing to say. Found by JUnit
 * itself; the build sets the level.
 */
public final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
    private static final int ROUNDS = 2;

    private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

    @Override
    public void beforeAll(ExtensionContext context) {
        reports.list.clear(); // one guard serves all classes: each answers for itself
        reports.start();
        detector().addAppender(reports);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        for (int i = 0; i < ROUNDS; i++) {
            collectGarbage();
            // the detector reports what the collector found when the next buffer is made
            PooledByteBufAllocator.DEFAULT.buffer(16).release();
        }
        detector().detachAppender(reports);
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        assertThat(reports.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
    }

    private static Logger detector() {
        return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    }

    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        PhantomReference<Object> canary = new PhantomReference<>(new Object(), queue);
        do {
            System.gc();
        } while (queue.remove(1000) != canary);
    }
}
