// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.function.DoubleUnaryOperator;

/**
 * One URL a request, closed loop: an engine against {@link BareServer}, in turns, at some numbers of connections. Owned by
 * one thread.
 */
final class IntakeCells {
    private final GoalRun run;
    private final EngineUnderLoad engine;
    private final Fork bare;
    private final int barePort;
    private final Load load;
    private final int millis;
    private final Table table = new Table(
            "one URL a request",
            "requests/s",
            "of bare",
            "p50 ms",
            "p99 ms",
            "bare p99",
            "drain ms",
            "cpu us",
            "bytes");

    IntakeCells(GoalRun run, EngineUnderLoad engine, Fork bare, Load load) {
        this.run = run;
        this.engine = engine;
        this.bare = bare;
        this.load = load;
        barePort = (int) bare.ask("port")[0];
        millis = run.isQuick() ? 1_000 : 5_000;
    }

    /**
     * Loads both until the engine's compiler has come to rest: less than a tenth of two rounds on end. An engine in the
     * field runs for weeks; a short form measures what is warm by then.
     */
    void warm() {
        int calm = 0;
        for (int i = 0; calm < 2 && i < (run.isQuick() ? 2 : 20); i++) {
            double compiled = engine.ask("compiled")[0];
            engine.closed(load, i % 2 == 0 ? 64 : 800, 2_000, 1);
            load.closed(barePort, 64, 500, 1);
            calm = engine.ask("compiled")[0] - compiled < 200 ? calm + 1 : 0;
        }
        if (calm < 2) {
            run.say("the engine's compiler was still at work when the first pair began");
        }
    }

    /**
     * Measures one cell.
     *
     * @param reference what to hold ours against, given the reference's requests a second
     * @param least the ratio of rates
     * @param most the ratio of p99
     */
    void cell(int connections, DoubleUnaryOperator reference, double least, double most) {
        double[] ratios = new double[Pairs.LEAST];
        double[] tails = new double[Pairs.LEAST];
        double[][] shown = new double[8][Pairs.LEAST];
        double lost = 0;
        double refused = 0;
        for (int pair = 0; pair < Pairs.LEAST; pair++) {
            EngineUnderLoad.Run ours = engine.closed(load, connections, millis, 1);
            LoadResult other = load.closed(barePort, connections, millis, 1);
            ratios[pair] = ours.perSecond() / reference.applyAsDouble(other.rate());
            tails[pair] = ours.load().p99Millis() / other.p99Millis();
            lost += ours.lost();
            refused += ours.load().errors() + ours.load().refused();
            double[] row = {
                ours.perSecond(),
                ours.perSecond() / other.rate(),
                ours.load().p50Millis(),
                ours.load().p99Millis(),
                other.p99Millis(),
                ours.drainMillis(),
                ours.cpuMicros(),
                ours.bytes()
            };
            for (int i = 0; i < row.length; i++) {
                shown[i][pair] = row[i];
            }
        }
        Object[] cells = new Object[shown.length + 1];
        cells[0] = connections + " connections";
        for (int i = 0; i < shown.length; i++) {
            cells[i + 1] = Pairs.median(shown[i]);
        }
        table.row(cells);
        if (lost + refused > 0) {
            run.say(connections + " connections: not final " + (long) lost + ", refused " + (long) refused);
        }
        run.score().atLeast(connections + " connections", new Pairs(ratios), least);
        run.score().atMost(connections + " connections, p99 to bare's", Pairs.median(tails), most);
    }

    /** At a fixed rate: a part of what the reference makes; latency from the intended time. */
    void open(double part) {
        int rate = (int) (load.closed(barePort, 64, millis, 1).rate() * part);
        EngineUnderLoad.Run ours = engine.open(load, 64, millis, rate);
        LoadResult other = load.open(barePort, 64, millis, rate);
        run.say(new Table(
                        "open loop, 64 connections, " + rate + " a second",
                        "answers/s",
                        "p50 ms",
                        "p99 ms",
                        "p99.9",
                        "max")
                .row(
                        "engine",
                        ours.load().rate(),
                        ours.load().p50Millis(),
                        ours.load().p99Millis(),
                        ours.load().p999Millis(),
                        ours.load().maxMillis())
                .row(
                        "bare Netty",
                        other.rate(),
                        other.p50Millis(),
                        other.p99Millis(),
                        other.p999Millis(),
                        other.maxMillis()));
    }

    Table table() {
        return table;
    }

    Fork bare() {
        return bare;
    }
}
