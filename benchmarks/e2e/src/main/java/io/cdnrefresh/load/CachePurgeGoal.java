// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.Verify;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** P7: URL purges of distinct present objects through engine, proxy and a real cache, against wrk sending PURGE to it. */
final class CachePurgeGoal {
    private static final int THREADS = 2;
    private static final int WARM_UP = 10_000;
    private static final Pattern PURGED = Pattern.compile("purged (\\d+) ([0-9.]+)");

    private CachePurgeGoal() {}

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P7", arguments, "Varnish only, 5,000 and 20,000 objects a run", false);
        List<String> drivers = run.isQuick() ? List.of("varnish") : List.of("ats", "varnish", "nginx", "squid");
        for (String driver : drivers) {
            cell(run, driver, Verify.NONE, run.isQuick() ? 5_000 : 100_000);
            // more, since the fence is as long for few as for many
            cell(run, driver, Verify.ALL, run.isQuick() ? 20_000 : 100_000);
        }
        run.finish();
    }

    private static void cell(GoalRun run, String driver, Verify verify, int count) {
        boolean isProven = verify != Verify.NONE;
        String name = isProven ? "verify all, fence 2 s" : "verify and fence off";
        Duration fence = isProven ? Duration.ofSeconds(2) : Duration.ZERO;
        double goal = isProven ? 0.3 : 0.8;
        double[] ours = new double[Pairs.LEAST];
        double[] wrk = new double[Pairs.LEAST];
        try (CacheChain chain = new CacheChain(driver, fence)) {
            chain.fill("warm", WARM_UP);
            double unusedWarm = chain.purge("warm", WARM_UP, verify);
            for (int pair = 0; pair < Pairs.LEAST; pair++) {
                chain.fill("a" + pair, count);
                ours[pair] = count / chain.purge("a" + pair, count, verify);
                chain.fill("b" + pair, count);
                wrk[pair] = wrk(chain.cache.port(), "b" + pair, count);
            }
        }
        run.say(new Table(driver + ", " + count + " objects, " + name, "purges/s")
                .row("submit until all tasks are final", Pairs.median(ours))
                .row("wrk, 64 connections", Pairs.median(wrk)));
        run.score().atLeast(driver + ", " + name, Pairs.ofRates(ours, wrk), goal);
    }

    private static double wrk(int port, String prefix, int count) {
        try {
            Process process = new ProcessBuilder(
                            "wrk",
                            "-t2",
                            "-c64",
                            "-d60s",
                            "-s",
                            "benchmarks/wrk/purge.lua",
                            "http://127.0.0.1:" + port,
                            "--",
                            "bench.test",
                            prefix,
                            Integer.toString(count))
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                int gone = 0;
                double seconds = 0;
                for (int done = 0; done < THREADS; ) {
                    String line = lines.readLine();
                    if (line == null) {
                        throw new IllegalStateException("wrk ended early");
                    }
                    Matcher purged = PURGED.matcher(line);
                    if (purged.find()) {
                        gone += Integer.parseInt(purged.group(1));
                        seconds = Math.max(seconds, Double.parseDouble(purged.group(2)));
                        done++;
                    }
                }
                if (gone < count * 0.98) {
                    throw new IllegalStateException("wrk purged " + gone + " of " + count);
                }
                return gone / seconds;
            } finally {
                process.destroyForcibly(); // it goes on until its time is over
            }
        } catch (IOException e) {
            throw new UncheckedIOException("wrk (Debian package wrk) does not start", e);
        }
    }
}
