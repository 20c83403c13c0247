// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.List;

/**
 * P6: the same commands to the same number of devices over RPC, over the proxy protocol over HTTP, and as one POST a command,
 * whose answer is the report: each way with a process for the engine's side and one for the devices. A delivery counts when
 * its report has come. Per core = for each second of processor time of both processes; the wire = what the sockets' streams
 * carried both ways, without TCP and IP.
 */
final class TransportGoal {
    private static final int DEVICES = 10;
    private static final List<String> FLAGS = List.of("-Xmx1g", "-XX:+UseParallelGC");

    private TransportGoal() {}

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P6", arguments, "a fifth of the commands", true);
        int part = run.isQuick() ? 5 : 1;
        try (Way rpc = new Way("rpc", 40_000 / part);
                Way http = new Way("http", 20_000 / part);
                Way posts = new Way("posts", 5_000 / part)) {
            List<Way> ways = List.of(rpc, http, posts);
            for (int pair = -2; pair < Pairs.LEAST; pair++) { // the first ones compile
                for (Way way : ways) {
                    way.measure(pair);
                }
            }
            Table table = new Table(DEVICES + " devices", "deliveries/s", "per core second", "bytes a delivery");
            ways.forEach(way ->
                    table.row(way.kind, Pairs.median(way.rates), Pairs.median(way.perCore), Pairs.median(way.bytes)));
            run.say(table);
            run.score().atLeast("rpc : posts, per core", Pairs.ofRates(rpc.perCore, posts.perCore), 10);
            run.score()
                    .atMost(
                            "rpc : posts, bytes",
                            Pairs.ofRates(rpc.bytes, posts.bytes).median(),
                            0.3);
        }
        run.finish();
    }

    /** One way to push, with its two processes and its figures by pair; of the steps, too. */
    static final class Way implements AutoCloseable {
        final String kind;
        final double[] rates = new double[Pairs.LEAST];
        final double[] perCore = new double[Pairs.LEAST];
        final double[] bytes = new double[Pairs.LEAST];
        private final int commands;
        private final Fork engine;
        private final Fork devices;

        Way(String kind, int commands) {
            this.kind = kind;
            this.commands = commands;
            engine = new Fork(PushEngine.class, FLAGS, kind);
            int port = (int) engine.ask("port")[0];
            devices = new Fork(PushDevices.class, FLAGS, kind, Integer.toString(port), Integer.toString(DEVICES));
            double joined = engine.ask("join " + DEVICES + " " + (int) devices.ask("port")[0])[0];
            if (joined < DEVICES) {
                throw new IllegalStateException(kind + ": " + (int) joined + " devices of " + DEVICES + " have joined");
            }
        }

        void measure(int pair) {
            double cpu = engine.ask("cpu")[0] + devices.ask("cpu")[0];
            double carried = engine.ask("carried")[0];
            double seconds = engine.ask("deliver " + commands)[0];
            if (pair >= 0) {
                double deliveries = (double) commands * DEVICES;
                rates[pair] = deliveries / seconds;
                perCore[pair] = deliveries * 1e9 / (engine.ask("cpu")[0] + devices.ask("cpu")[0] - cpu);
                bytes[pair] = (engine.ask("carried")[0] - carried) / deliveries;
            }
        }

        @Override
        public void close() {
            devices.close();
            engine.close();
        }
    }
}
