// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs servers until the process is asked to end: by SIGTERM, by SIGINT, or by the end of its standard input. */
final class ServerRun {
    private static final Logger logger = LoggerFactory.getLogger(ServerRun.class);

    private final Config config;
    private final Closing services = new Closing();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private ServerRun(Config config) {
        this.config = config;
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shutdown"));
    }

    /** Checks the listeners, sets up logging, and warns of listeners that face the network. */
    static ServerRun begin(Config config, boolean engine, boolean proxy) {
        List<String> exposed = ExposureCheck.check(config, engine, proxy);
        Logging.start(config);
        logger.info("starting {} configuration={}", Version.line(), ConfigPrinter.changes(config));
        for (String key : exposed) {
            logger.warn("insecure: {}={} faces the network and no key is needed there", key, config.text(key));
        }
        return new ServerRun(config);
    }

    /** Adds what is to be stopped at the end; the last added is stopped first. */
    <T extends AutoCloseable> T add(String name, T service) {
        return services.add(name, service);
    }

    /** Lets SIGHUP read the configuration anew; the rest of the process adds what it does then. */
    Reloader reloads(Supplier<Config> source, Consumer<Config> check) {
        Reloader reloader = new Reloader(config, source, check);
        reloader.add(Logging::apply);
        Signals.on("HUP", () -> {
            var unused = reloader.reload();
        });
        return reloader;
    }

    /** Opens the listener of the diagnostics, and gives memory back at SIGUSR1. */
    void admin(String prefix, NettyLoops loops, AdminPages.Inside inside) {
        AdminServer server = AdminServer.open(config, prefix, loops, inside);
        if (server != null) {
            services.add("admin", server);
        }
        Signals.on("USR1", () -> {
            var unused = Diagnostics.giveBack();
        });
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
