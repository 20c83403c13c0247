// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import java.sql.SQLException;
import java.util.List;

/** P2: intake into the embedded store. */
final class DurableIntakeGoal {
    private DurableIntakeGoal() {}

    public static void main(String[] arguments) throws SQLException {
        GoalRun run = GoalRun.begin("P2", arguments, "pairs of 1 s, no open loop", true);
        try (DataFolder data = new DataFolder();
                RawJdbc raw = new RawJdbc(data.sqlite("raw"));
                EngineUnderLoad engine = new EngineUnderLoad(data.sqlite("engine"));
                Fork bare = new Fork(BareServer.class, List.of("-Xmx256m"));
                Load load = new Load()) {
            IntakeCells cells = new IntakeCells(run, engine, bare, load);
            cells.warm();
            durable(run, cells, raw, 0.5, 3);
            run.say(cells.table());
            if (!run.isQuick()) {
                cells.open(0.1);
            }
        }
        run.finish();
    }

    /**
     * The two cells of a durable intake: at 800 connections against the bare server, at 64 against what their waiting for two
     * commits each allows, if that is less.
     */
    static void durable(GoalRun run, IntakeCells cells, RawJdbc raw, double least, double most) throws SQLException {
        double commit = raw.commitOf64();
        double allowed = 64 / (2 * commit);
        run.say(String.format(
                "commit of 64 rows: %.2f ms; 64 connections could make %,.0f requests/s", commit * 1e3, allowed));
        cells.cell(64, rate -> Math.min(rate, allowed), 0.7, most);
        cells.cell(800, rate -> rate, least, most);
    }
}
