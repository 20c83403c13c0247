// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.netty.rpc.LeanFrames;
import java.util.List;

/**
 * P5: commands to many devices, against bare Netty that writes the same bytes to as many connections and reads as many bytes
 * of answers. Tasks are taken in while everything is paused, so that it is fan-out that is measured and not intake; a delivery
 * counts when the device in the other process has decoded it and the engine has acknowledged its report.
 */
final class FanOutGoal {
    private static final List<String> FLEET = List.of("-Xmx2g", "-XX:+UseParallelGC");
    /** Rounds before the first pair: most of what will be compiled has been by then. */
    private static final int WARM_UP = 4;

    private final GoalRun run;
    private final Table table =
            new Table("", "tasks", "deliveries/s", "bare Netty", "cpu us a delivery", "bytes a delivery");

    private FanOutGoal(GoalRun run) {
        this.run = run;
    }

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P5", arguments, "100 and 1,000 devices", true);
        FanOutGoal goal = new FanOutGoal(run);
        if (run.isQuick()) {
            goal.cell(100, 1_000, false);
            goal.cell(1_000, 200, false);
        } else {
            goal.cell(10, 20_000, false);
            double few = goal.cell(100, 10_000, false);
            goal.cell(1_000, 2_000, false);
            double many = goal.cell(10_000, 400, false);
            goal.cell(100, 10_000, true);
            run.score().atMost("cost of a delivery at 10,000 devices to that at 100", many / few, 1.3);
        }
        run.say(goal.table);
        run.finish();
    }

    /** Processor time a delivery, microseconds. */
    private double cell(int devices, int tasks, boolean isTls) {
        String name = devices + " devices" + (isTls ? ", TLS" : "");
        String[] engineArguments = isTls ? new String[] {"memory", "tls"} : new String[] {"memory"};
        String[] serverArguments = isTls ? new String[] {"tls"} : new String[0];
        double[] ours = new double[Pairs.LEAST];
        double[] bare = new double[Pairs.LEAST];
        double[] cpu = new double[Pairs.LEAST];
        double[] bytes = new double[Pairs.LEAST];
        try (Fork engine = new Fork(EngineProcess.class, Load.flags(Load.HEAP), engineArguments);
                Fork fleet = new Fork(FleetProcess.class, FLEET);
                Fork server = new Fork(BroadcastServer.class, List.of("-Xmx1g"), serverArguments);
                Fork others = new Fork(FleetProcess.class, FLEET);
                Load load = new Load()) {
            double[] ports = engine.ask("ports");
            join(fleet, (int) ports[1], devices, isTls ? "engine tls" : "engine");
            join(others, (int) server.ask("port")[0], devices, isTls ? "raw tls" : "raw");
            double stored = 0;
            for (int pair = -WARM_UP; pair < Pairs.LEAST; pair++) {
                double[] unused = engine.ask("pause");
                LoadResult taken = load.open((int) ports[0], 64, 1_000, tasks);
                double before = engine.ask("cpu")[0];
                double allocated = engine.ask("allocated")[0];
                double start = System.nanoTime();
                unused = engine.ask("resume");
                double wanted = stored + taken.answers() * devices;
                double[] end = fleet.ask("await " + (long) wanted);
                if (end[0] < wanted) {
                    run.say(name + ": reports that are missing: " + (long) (wanted - end[0]));
                }
                double deliveries = end[0] - stored;
                stored = end[0];
                int batches = Math.max(1, (int) (taken.answers() / LeanFrames.BATCH)) * 8;
                double seconds = server.ask("broadcast " + devices + " " + batches)[0];
                if (pair >= 0) {
                    ours[pair] = deliveries * 1e9 / (end[1] - start);
                    bare[pair] = (double) batches * LeanFrames.BATCH * devices / seconds;
                    cpu[pair] = (engine.ask("cpu")[0] - before) / 1e3 / deliveries;
                    bytes[pair] = (engine.ask("allocated")[0] - allocated) / deliveries;
                }
            }
        }
        table.row(name, tasks, Pairs.median(ours), Pairs.median(bare), Pairs.median(cpu), Pairs.median(bytes));
        run.score().atLeast(name, Pairs.ofRates(ours, bare), 0.7);
        return Pairs.median(cpu);
    }

    static void join(Fork fleet, int port, int devices, String kind) {
        double joined = fleet.ask("connect " + port + " " + devices + " " + kind)[0];
        if (joined < devices) {
            throw new IllegalStateException("devices: " + (int) joined + " of " + devices + " have joined");
        }
    }
}
