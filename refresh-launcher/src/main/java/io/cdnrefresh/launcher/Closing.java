// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was started, to be stopped the other way round; a part that fails does not keep the others. Thread-safe. */
final class Closing implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(Closing.class);

    private record Part(String name, AutoCloseable closeable) {}

    private final Deque<Part> parts = new ArrayDeque<>();

    <T extends AutoCloseable> T add(String name, T part) {
        synchronized (parts) {
            parts.push(new Part(name, part));
        }
        return part;
    }

    @Override
    public void close() {
        for (Part part = next(); part != null; part = next()) {
            try {
                part.closeable().close();
            } catch (Exception e) {
                logger.warn("stop failed part={}", part.name(), e);
            }
        }
    }

    private @Nullable Part next() {
        synchronized (parts) {
            return parts.poll();
        }
    }
}
