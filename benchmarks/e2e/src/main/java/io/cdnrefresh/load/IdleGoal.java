// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** P16: an engine with 5,000 connected devices and nothing to do, against bare Netty that answers the same heartbeats. */
final class IdleGoal {
    private static final List<String> FLEET = List.of("-Xmx1g", "-XX:+UseSerialGC");

    private static final int FEW = 100;

    private IdleGoal() {}

    public static void main(String[] arguments) throws InterruptedException {
        GoalRun run = GoalRun.begin("P16", arguments, "windows of 3 s", true);
        int devices = 5_000;
        int seconds = run.isQuick() ? 3 : 10;
        double[] ours = new double[Pairs.LEAST];
        double[] bare = new double[Pairs.LEAST];
        try (Fork engine = new Fork(EngineProcess.class, Load.flags("-Xmx1g"), "memory");
                Fork server = new Fork(BroadcastServer.class, List.of("-Xmx1g"));
                Fork others = new Fork(FleetProcess.class, FLEET)) {
            int port = (int) engine.ask("ports")[1];
            double[] few = withFew(engine, port);
            try (Fork fleet = new Fork(FleetProcess.class, FLEET)) {
                FanOutGoal.join(fleet, port, devices, "engine");
                FanOutGoal.join(others, (int) server.ask("port")[0], devices, "raw");
                double[] many = engine.ask("memory");
                TimeUnit.SECONDS.sleep(2L * seconds); // compiles what heartbeats need
                for (int pair = 0; pair < Pairs.LEAST; pair++) {
                    ours[pair] = busy(engine, seconds);
                    bare[pair] = busy(server, seconds);
                }
                double bytes = (many[0] - few[0]) / (devices - FEW);
                run.say(new Table(
                                "5,000 devices, a heartbeat every 5 s each",
                                "% of a core",
                                "threads",
                                "heap bytes each")
                        .row("engine", Pairs.median(ours) * 100, many[1], bytes)
                        .row("bare Netty", Pairs.median(bare) * 100, server.ask("memory")[1], ""));
                run.score().atMost("processor time to bare Netty's", cost(ours, bare), 2);
                run.score().atMost("KB of heap a connection", bytes / 1_024, 10);
                run.score().atMost("threads with 5,000 devices / with 100", many[1] / few[1], 1);
            }
        }
        run.finish();
    }

    /** Memory and threads of the engine with some devices: the first ones load and start what all share. */
    private static double[] withFew(Fork engine, int port) {
        try (Fork some = new Fork(FleetProcess.class, FLEET)) {
            FanOutGoal.join(some, port, FEW, "engine");
            return engine.ask("memory");
        }
    }

    private static double cost(double[] ours, double[] bare) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours[i] / bare[i];
        }
        return Pairs.median(ratios);
    }

    /** Processor seconds a second. */
    private static double busy(Fork process, int seconds) throws InterruptedException {
        double before = process.ask("cpu")[0];
        long start = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        return (process.ask("cpu")[0] - before) / (System.nanoTime() - start);
    }
}
