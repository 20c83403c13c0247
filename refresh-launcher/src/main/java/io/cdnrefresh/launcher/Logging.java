// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import org.slf4j.LoggerFactory;

/**
 * Sets up logging of servers: to standard error, so that a command's own output stays clean, by one thread of its own.
 * A file named by {@code -Dlogback.configurationFile} replaces all of it.
 */
final class Logging {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{0} - %msg%n";

    private Logging() {}

    /** Starts it; called once, before anything is logged. */
    static void start(String level) {
        if (System.getProperty("logback.configurationFile") != null) {
            return;
        }
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        context.reset();
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        LogWriter writer = new LogWriter(encoder, new FileOutputStream(FileDescriptor.err));
        writer.setContext(context);
        writer.setName("stderr");
        writer.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(writer);
        Level wanted = Level.toLevel(level, Level.INFO);
        root.setLevel(wanted);
        // libraries say much at these levels that is of use to their authors only
        if (!wanted.isGreaterOrEqual(Level.WARN)) {
            context.getLogger("io.netty").setLevel(Level.WARN);
            context.getLogger("io.lettuce").setLevel(Level.WARN);
            context.getLogger("com.zaxxer").setLevel(Level.WARN);
            context.getLogger("org.flywaydb").setLevel(Level.WARN);
        }
    }

    /** Writes out what waits, and stops. */
    static void stop() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }
}
