// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.GoalRun;

/**
 * Loads an engine for a look at it, with a profiler perhaps: no goal, no reference. {@code look.store} is {@code memory} or
 * a JDBC URL; each run is told with the processor time of the engine's threads.
 */
final class Look {
    private Look() {}

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("look", arguments, "the same", true);
        int connections = Integer.getInteger("look.connections", 64);
        int millis = Integer.getInteger("look.millis", 3_000);
        int urls = Integer.getInteger("look.urls", 1);
        try (EngineUnderLoad engine = new EngineUnderLoad(System.getProperty("look.store", "memory"));
                Load load = new Load()) {
            run.say("http://127.0.0.1:" + engine.port());
            for (int i = 0; i < Integer.getInteger("look.runs", 4); i++) {
                run.say(engine.closed(load, connections, millis, urls));
                double[] unused = engine.ask("threads");
            }
        }
    }
}
