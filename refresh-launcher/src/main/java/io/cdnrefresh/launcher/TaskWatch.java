// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Waits for a task and shows how it goes: a bar on a terminal, otherwise one line for each change. */
final class TaskWatch {
    private static final int BAR_CELLS = 30;

    private final ApiClient client;
    private final Target target;
    private final PrintWriter progress;
    private final boolean bar;
    private String last = "";
    private String prefix = "";
    private long firstDone = -1;
    private long firstNanos;

    /**
     * What to wait for.
     *
     * @param until verified | applied
     * @param quorum percent
     * @param of serving | all
     * @param group only its devices; null = all
     * @param timeout how long in all
     */
    record Target(
            String until,
            String quorum,
            String of,
            @Nullable String group,
            Duration timeout) {}

    /**
     * A watch.
     *
     * @param progress where progress goes
     * @param bar whether it is a terminal
     */
    TaskWatch(ApiClient client, Target target, PrintWriter progress, boolean bar) {
        this.client = client;
        this.target = target;
        this.progress = progress;
        this.bar = bar;
    }

    /** Waits; the exit code says how it ended. */
    int await(String id) {
        return await(id, System.nanoTime() + target.timeout().toNanos());
    }

    /** Waits for all of them, for as long as for one; the worst end counts. */
    int awaitAll(List<String> ids) {
        long end = System.nanoTime() + target.timeout().toNanos();
        int worst = ExitCode.DONE;
        for (int i = 0; i < ids.size(); i++) {
            prefix = "task " + (i + 1) + "/" + ids.size() + "  ";
            firstDone = -1;
            worst = worse(worst, await(ids.get(i), end));
        }
        return worst;
    }

    private static int worse(int one, int other) {
        List<Integer> fromBad = List.of(ExitCode.FAILED, ExitCode.TIMEOUT, ExitCode.OWED, ExitCode.DONE);
        return fromBad.indexOf(one) <= fromBad.indexOf(other) ? one : other;
    }

    private int await(String id, long end) {
        String path = "/v1/engine/task/" + id + "/wait?until=" + target.until() + "&quorum=" + target.quorum() + "&of="
                + target.of() + (target.group() == null ? "" : "&group=" + Query.encode(target.group()));
        while (true) {
            long leftMillis = Math.max(0, (end - System.nanoTime()) / 1_000_000);
            // short steps, so that progress can be shown
            Answer answer = client.get(path + "&timeout=" + Math.min(1000, leftMillis) + "ms");
            Map<String, @Nullable Object> body = answer.object();
            show(body);
            if (answer.status() == 200) {
                finishLine();
                return count(body, "owed") + count(body, "unproven") > 0 ? ExitCode.OWED : ExitCode.DONE;
            }
            if (answer.status() == 409) {
                finishLine();
                return ExitCode.FAILED;
            }
            if (leftMillis == 0) {
                finishLine();
                return ExitCode.TIMEOUT;
            }
        }
    }

    private void show(Map<String, @Nullable Object> body) {
        long total = count(body, "total");
        long done = count(body, "done");
        String line = done + "/" + total + " devices done, " + count(body, "failed") + " failed, " + count(body, "owed")
                + " owed, " + count(body, "unproven") + " unproven";
        if (line.equals(last)) {
            return;
        }
        last = line;
        if (bar) {
            int full = total == 0 ? 0 : (int) (BAR_CELLS * done / total);
            progress.print("\r" + prefix + "[" + "#".repeat(full) + ".".repeat(BAR_CELLS - full) + "] " + line
                    + pace(done, total) + "  ");
            progress.flush();
        } else {
            progress.println("progress " + prefix + line);
        }
    }

    /** How fast it goes and when it will be through, once that can be told. */
    private String pace(long done, long total) {
        if (firstDone < 0) {
            firstDone = done;
            firstNanos = System.nanoTime();
        }
        double seconds = (System.nanoTime() - firstNanos) / 1e9;
        if (done <= firstDone || done >= total || seconds < 0.5) {
            return "";
        }
        double rate = (done - firstDone) / seconds;
        return String.format(Locale.ROOT, ", %.1f/s, ETA %s", rate, ProgressLine.left((total - done) / rate));
    }

    private void finishLine() {
        if (bar) {
            progress.println();
        }
    }

    private static long count(Map<String, @Nullable Object> body, String key) {
        return body.get(key) instanceof Number number ? number.longValue() : 0;
    }
}
