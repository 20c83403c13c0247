// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.Verify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * P8: how long one idle purge takes from submission to {@code applied} on each server, and to {@code verified} on Traffic
 * Server without a fence, against one direct PURGE (and probe) and one append that is forced to the disk.
 */
final class PurgeLatencyGoal {
    /** Purges of a round before the first that counts. */
    private static final int WARM_UP = 5_000;

    private PurgeLatencyGoal() {}

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P8", arguments, "Varnish and Traffic Server, 40 purges a run", false);
        List<String> drivers = run.isQuick() ? List.of("ats", "varnish") : List.of("ats", "varnish", "nginx", "squid");
        int count = run.isQuick() ? 40 : 400;
        for (String driver : drivers) {
            cell(run, driver, Verify.NONE, count);
        }
        cell(run, "ats", Verify.ALL, count);
        run.finish();
    }

    private static void cell(GoalRun run, String driver, Verify verify, int count) {
        boolean isProven = verify == Verify.ALL;
        String name = driver + (isProven ? ", submit to verified" : ", submit to applied");
        double[] ratios = new double[Pairs.LEAST];
        double[] all = new double[Pairs.LEAST * count];
        double[] directly = new double[Pairs.LEAST * count];
        try (CacheChain chain = new CacheChain(driver, Duration.ZERO);
                DataFolder data = new DataFolder();
                FileChannel file = FileChannel.open(
                        data.path.resolve("append"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            warm(run, chain, verify, count);
            for (int pair = 0; pair < Pairs.LEAST; pair++) {
                String ours = "a" + pair;
                String plain = "b" + pair;
                chain.fill(ours, count);
                chain.fill(plain, count);
                for (int i = 0; i < count; i++) {
                    all[pair * count + i] = chain.purgeOne("/" + ours + "/" + i, verify) / 1e6;
                    directly[pair * count + i] = direct(chain, file, "/" + plain + "/" + i, isProven) / 1e6;
                }
                int from = pair * count;
                ratios[pair] = Pairs.median(Arrays.copyOfRange(all, from, from + count))
                        / Pairs.median(Arrays.copyOfRange(directly, from, from + count));
            }
            Files.deleteIfExists(Path.of(data.path.toString(), "append"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run.say(new Table(name, "p50 ms", "p99 ms")
                .row("engine, proxy and cache", Pairs.median(all), p99(all))
                .row(
                        "one PURGE" + (isProven ? ", one probe" : "") + " and a forced append",
                        Pairs.median(directly),
                        p99(directly)));
        run.score().atMost(name + ", times a direct one", Pairs.median(ratios), 3);
        run.score().atMost(name + ", p99 ms", p99(all), 10);
    }

    /**
     * Purges until the compiler has come to rest, less than a tenth of a round: in the field an engine runs for weeks, and
     * here the compiler would take the processors from the one purge that is looked at.
     */
    private static void warm(GoalRun run, CacheChain chain, Verify verify, int count) {
        boolean isCalm = false;
        for (int round = 0; round < (run.isQuick() ? 4 : 30) && !isCalm; round++) {
            chain.fill("warm", WARM_UP);
            double compiled = Processes.figures("compiled")[0];
            long begin = System.nanoTime();
            chain.purgeEach("warm", WARM_UP, verify);
            isCalm = Processes.figures("compiled")[0] - compiled < (System.nanoTime() - begin) / 1e7;
        }
        if (!isCalm) {
            run.say("the compiler was still at work when the first pair began");
        }
        chain.fill("idle", count);
        for (int i = 0; i < count; i++) {
            long unused = chain.purgeOne("/idle/" + i, verify);
        }
    }

    private static long direct(CacheChain chain, FileChannel file, String path, boolean isProven) throws IOException {
        long begin = System.nanoTime();
        file.write(ByteBuffer.wrap(new byte[256]));
        file.force(false);
        chain.purgeDirectly(path);
        if (isProven) {
            chain.probeDirectly(path);
        }
        return System.nanoTime() - begin;
    }

    private static double p99(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)];
    }
}
