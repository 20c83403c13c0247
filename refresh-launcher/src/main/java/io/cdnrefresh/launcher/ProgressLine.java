// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.PrintWriter;
import java.util.Locale;

/** How far a long submission is: one line that changes on a terminal, otherwise a line now and then. Not thread-safe. */
final class ProgressLine {
    private static final int CELLS = 24;
    private static final long TERMINAL_NANOS = 100_000_000L;
    private static final long LOG_NANOS = 5_000_000_000L;

    private final PrintWriter out;
    private final boolean isTerminal;
    private final long totalBytes;
    private long startNanos = System.nanoTime();
    private long startTargets;
    private long startBytes;
    private long shownNanos = startNanos;
    private boolean isShown;

    /** {@code totalBytes}: how long the input is; 0 = not known. */
    ProgressLine(PrintWriter out, boolean isTerminal, long totalBytes) {
        this.out = out;
        this.isTerminal = isTerminal;
        this.totalBytes = totalBytes;
    }

    /** So much was done by the run before. */
    void begin(long targets, long bytes) {
        startTargets = targets;
        startBytes = bytes;
        startNanos = System.nanoTime();
        if (targets > 0) {
            out.println("going on after " + targets + " targets");
            out.flush();
        }
    }

    void show(long targets, long bytes) {
        long now = System.nanoTime();
        if (now - shownNanos >= (isTerminal ? TERMINAL_NANOS : LOG_NANOS)) {
            shownNanos = now;
            print(targets, bytes);
        }
    }

    /** The last figures, and a new line. */
    void end(long targets, long bytes) {
        if (isTerminal || isShown) {
            print(targets, bytes);
        }
        if (isTerminal) {
            out.println();
        }
        out.flush();
    }

    private void print(long targets, long bytes) {
        isShown = true;
        double seconds = Math.max(0.001, (System.nanoTime() - startNanos) / 1e9);
        StringBuilder line = new StringBuilder();
        if (totalBytes > 0) {
            double share = Math.min(1, (double) bytes / totalBytes);
            int full = (int) (CELLS * share);
            line.append(String.format(
                    Locale.ROOT, "[%s%s] %3d %%  ", "#".repeat(full), ".".repeat(CELLS - full), (int) (100 * share)));
        }
        line.append(String.format(Locale.ROOT, "%,d targets  %,.0f/s", targets, (targets - startTargets) / seconds));
        if (totalBytes > 0 && bytes > startBytes) {
            line.append("  ETA ").append(left((totalBytes - bytes) * seconds / (bytes - startBytes)));
        }
        out.print(isTerminal ? "\r" + line + "   " : "progress " + line + System.lineSeparator());
        out.flush();
    }

    /** A time to come as people say it: 42s, 3:05, 1:02:03. */
    static String left(double seconds) {
        long whole = Math.max(0, Math.round(seconds));
        if (whole < 60) {
            return whole + "s";
        }
        String minutes = String.format(Locale.ROOT, "%d:%02d", whole / 60 % 60, whole % 60);
        return whole < 3600
                ? minutes
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
