// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs servers until the process is asked to end: by SIGTERM, by SIGINT, or by the end of its standard input. */
final class ServerRun {
    private static final Logger logger = LoggerFactory.getLogger(ServerRun.class);

    private final Closing services = new Closing();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private ServerRun() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shutdown"));
    }

    /** Checks the listeners, sets up logging, and warns of listeners that face the network. */
    static ServerRun begin(Config config, boolean engine, boolean proxy) {
        List<String> exposed = ExposureCheck.check(config, engine, proxy);
        Logging.start(config.text("log.level"));
        logger.info("starting {} configuration={}", Version.line(), ConfigPrinter.changes(config));
        for (String key : exposed) {
            logger.warn("insecure: {}={} faces the network and no key is needed there", key, config.text(key));
        }
        return new ServerRun();
    }

    /** Adds what is to be stopped at the end; the last added is stopped first. */
    <T extends AutoCloseable> T add(String name, T service) {
        return services.add(name, service);
    }

    /** Waits for the end and stops everything in order. */
    int untilAsked(boolean endsWithInput) {
        if (endsWithInput) {
            Thread watch = new Thread(
                    () -> {
                        drainInput();
                        System.exit(ExitCode.DONE);
                    },
                    "stdin-watch");
            watch.setDaemon(true);
            watch.start();
        }
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.DONE;
    }

    /** Stops what was started, after a start that failed; harmless when repeated. */
    void stop() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        logger.info("stopping");
        services.close();
        logger.info("stopped");
        Logging.stop();
        ended.countDown();
    }

    private static void drainInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException gone) {
            logger.debug("standard input is gone", gone);
        }
    }
}
