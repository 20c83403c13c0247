// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import java.util.List;

/** P1: how near intake without a store comes to a server that does nothing. */
final class MemoryIntakeGoal {
    private MemoryIntakeGoal() {}

    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P1", arguments, "pairs of 1 s, no open loop", true);
        try (EngineUnderLoad engine = new EngineUnderLoad("memory");
                Fork bare = new Fork(BareServer.class, List.of("-Xmx256m"));
                Load load = new Load()) {
            IntakeCells cells = new IntakeCells(run, engine, bare, load);
            cells.warm();
            cells.cell(64, rate -> rate, 0.75, 1.5);
            cells.cell(800, rate -> rate, 0.75, 1.5);
            run.say(cells.table());
            if (!run.isQuick()) {
                cells.open(0.3);
            }
        }
        run.finish();
    }
}
