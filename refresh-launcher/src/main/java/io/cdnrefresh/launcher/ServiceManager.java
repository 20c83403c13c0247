// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how far this process is, where systemd has asked for it ({@code NOTIFY_SOCKET}); elsewhere does nothing.
 * Thread-safe; each call blocks for the run of a small program, 5 s at most.
 */
final class ServiceManager {
    /*
     * The socket is a datagram socket of the Unix domain, which Java 17 cannot open: systemd-notify can, and is where
     * systemd is. Since systemd 246 it waits until its message was read, so that it is not lost with its sender.
     */
    private static final Logger logger = LoggerFactory.getLogger(ServiceManager.class);
    private static final long PATIENCE_SECONDS = 5;

    private ServiceManager() {}

    /** The service is ready. */
    static void ready(String status) {
        tell("--ready", "--status=" + status);
    }

    /** What the service does or waits for. */
    static void status(String status) {
        tell("--status=" + status);
    }

    private static void tell(String... arguments) {
        if (System.getenv("NOTIFY_SOCKET") == null) {
            return;
        }
        ProcessBuilder command = new ProcessBuilder("systemd-notify");
        command.command().addAll(List.of(arguments));
        command.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = command.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                logger.warn("systemd was not told: systemd-notify does not end");
            } else if (process.exitValue() != 0) {
                logger.warn("systemd was not told: systemd-notify ended with {}", process.exitValue());
            }
        } catch (IOException e) {
            logger.warn("systemd was not told cause={}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
