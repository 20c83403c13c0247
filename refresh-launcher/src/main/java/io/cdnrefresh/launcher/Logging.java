// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import io.cdnrefresh.diag.TaskTrace;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Sets up logging of servers: to standard error, so that a command's own output stays clean, or to a file, by one thread of
 * its own. A file named by {@code -Dlogback.configurationFile} replaces all of it.
 */
final class Logging {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{0} - %msg%n";
    private static final String ROOT = "root";
    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error", "off", "inherit");

    private static volatile @Nullable LogWriter writer;

    private Logging() {}

    /**
     * Starts it; called once, before anything is logged.
     *
     * @throws ConfigException if the file cannot be written
     */
    static void start(Config config) {
        if (System.getProperty("logback.configurationFile") != null) {
            return;
        }
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        OutputStream out = output(config);
        context.reset();
        PatternLayoutEncoder encoder = null;
        if (!"json".equals(config.text("log.format"))) {
            encoder = new PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern(PATTERN);
            encoder.start();
        }
        LogWriter started = new LogWriter(encoder, out);
        started.setContext(context);
        started.setName("log");
        started.start();
        writer = started;
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(started);
        apply(config);
    }

    private static OutputStream output(Config config) {
        String file = config.text("log.file");
        if (file.isEmpty()) {
            return new FileOutputStream(FileDescriptor.err);
        }
        try {
            return new LogFile(Path.of(file), config.number("log.file-size"), config.number("log.files"));
        } catch (IOException e) {
            throw new ConfigException(List.of(new ConfigFault(
                    config.origins().getOrDefault("log.file", "default"),
                    "log.file",
                    file,
                    "a file that can be written: " + e.getMessage())));
        }
    }

    /** Uses the levels of a configuration from now on. */
    static void apply(Config config) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        Level wanted = Level.toLevel(config.text("log.level"), Level.INFO);
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(wanted);
        context.getLogger(TaskTrace.LOGGER).setLevel(config.flag("log.traces") ? Level.INFO : Level.OFF);
        // libraries say much at these levels that is of use to their authors only
        Level libraries = wanted.isGreaterOrEqual(Level.WARN) ? null : Level.WARN;
        for (String name : List.of("io.netty", "io.lettuce", "com.zaxxer", "org.flywaydb")) {
            context.getLogger(name).setLevel(libraries);
        }
    }

    /** What became of log lines. */
    static List<Metric> metrics() {
        LogWriter started = writer;
        return List.of(
                Metric.counter(
                        "refresh_log_dropped_total",
                        "Log lines that found no room: disk or terminal are too slow.",
                        started == null ? 0 : started.dropped()),
                Metric.counter(
                        "refresh_log_failures_total",
                        "Log lines that could not be written, counted in batches.",
                        started == null ? 0 : started.failures()),
                Metric.of("refresh_log_waiting", Kind.GAUGE, "Log lines that are not written yet.")
                        .add(started == null ? 0 : started.waiting())
                        .build());
    }

    /** The levels of the loggers that have one of their own. */
    static Map<String, @Nullable Object> levels() {
        Map<String, @Nullable Object> levels = new TreeMap<>();
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            for (Logger logger : context.getLoggerList()) {
                Level own = logger.getLevel();
                if (own != null) {
                    String name = logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
                    levels.put(name, own.levelStr.toLowerCase(Locale.ROOT));
                }
            }
        }
        return levels;
    }

    /**
     * Changes a level until the next start.
     *
     * @param name a logger, or {@code root}
     * @param level {@code trace} to {@code error}, {@code off}, or {@code inherit}
     * @throws IllegalArgumentException if one of them cannot be
     */
    static void setLevel(String name, String level) {
        if (!name.matches("[A-Za-z0-9_.$]{1,200}")) {
            throw new IllegalArgumentException("logger: " + name + " (expected: root, a package or a class)");
        }
        boolean isRoot = name.equals(ROOT);
        if (!LEVELS.contains(level) || isRoot && level.equals("inherit")) {
            throw new IllegalArgumentException("level: " + level + " (expected: " + String.join(" | ", LEVELS) + ")");
        }
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(isRoot ? org.slf4j.Logger.ROOT_LOGGER_NAME : name)
                    .setLevel(level.equals("inherit") ? null : Level.toLevel(level));
        }
    }

    /** Writes out what waits, and stops. */
    static void stop() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }
}
