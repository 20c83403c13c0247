// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.sql.SQLException;

/** P4: batches of 1,000 URLs a request, into the embedded store, against JDBC that inserts the very rows. */
final class BatchIntakeGoal {
    private static final int URLS = 1_000;
    private static final int CONNECTIONS = 16;
    private static final int TASKS_PER_COMMIT = 16;

    private BatchIntakeGoal() {}

    public static void main(String[] arguments) throws SQLException {
        GoalRun run = GoalRun.begin("P4", arguments, "pairs of 1.5 s", true);
        int millis = run.isQuick() ? 1_500 : 5_000;
        String database;
        try (DataFolder data = new DataFolder()) {
            database = data.sqlite("engine");
            try (EngineUnderLoad engine = new EngineUnderLoad(database);
                    Load load = new Load()) {
                for (int i = 0; i < 3; i++) {
                    EngineUnderLoad.Run unused = engine.closed(load, CONNECTIONS, 2_000, URLS);
                }
                try (RawJdbc raw = new RawJdbc(database.replace("engine.db", "raw.db"))) {
                    measure(run, engine, load, raw, database, millis);
                }
            }
        }
        run.finish();
    }

    private static void measure(
            GoalRun run, EngineUnderLoad engine, Load load, RawJdbc raw, String database, int millis)
            throws SQLException {
        raw.takeTasks(database, 320);
        double[] ours = new double[Pairs.LEAST];
        double[] plain = new double[Pairs.LEAST];
        double[] cpu = new double[Pairs.LEAST];
        double[] bytes = new double[Pairs.LEAST];
        double[] tail = new double[Pairs.LEAST];
        double lost = 0;
        for (int pair = 0; pair < Pairs.LEAST; pair++) {
            EngineUnderLoad.Run one = engine.closed(load, CONNECTIONS, millis, URLS);
            ours[pair] = one.perSecond() * URLS;
            cpu[pair] = one.cpuMicros() / URLS;
            bytes[pair] = one.bytes() / URLS;
            tail[pair] = one.load().p99Millis();
            lost += one.lost() + one.load().refused() + one.load().errors();
            plain[pair] = raw.insert(Math.max(1, millis / 500), TASKS_PER_COMMIT) * URLS;
        }
        run.say(new Table("batches of 1,000 URLs, 16 connections", "URLs/s", "p99 ms", "cpu us a URL", "bytes a URL")
                .row("engine", Pairs.median(ours), Pairs.median(tail), Pairs.median(cpu), Pairs.median(bytes))
                .row("JDBC, 16 rows a commit", Pairs.median(plain), "", "", ""));
        if (lost > 0) {
            run.say("refused, lost or not final: " + (long) lost);
        }
        run.score().atLeast("of JDBC", Pairs.ofRates(ours, plain), 0.5);
        run.score().atLeast("URLs a second, / 300,000", Pairs.median(ours) / 300_000, 1);
    }
}
