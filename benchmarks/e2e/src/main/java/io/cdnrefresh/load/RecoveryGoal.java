// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.MariaDbServer;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalInt;

/** P15: a restart with a million unfinished tasks, against a SELECT of the same rows by plain JDBC. */
final class RecoveryGoal {
    private static final int BATCH = 5_000;
    private static final String[] SERVER = {"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"};

    private RecoveryGoal() {}

    public static void main(String[] arguments) throws SQLException, IOException {
        GoalRun run = GoalRun.begin("P15", arguments, "100,000 tasks, the embedded store only", false);
        int tasks = run.isQuick() ? 100_000 : 1_000_000;
        try (DataFolder data = new DataFolder()) {
            cell(run, "embedded", data.sqlite("engine"), tasks);
            if (!run.isQuick()) {
                try (MariaDbServer server = MariaDbServer.start(data.path.resolve("mariadb"), SERVER)) {
                    cell(run, "MariaDB", server.mariaDbUrl(), tasks);
                }
            }
        }
        run.finish();
    }

    private static void cell(GoalRun run, String name, String url, int tasks) throws SQLException {
        fill(url, tasks);
        double[] ours = new double[Pairs.LEAST];
        double[] plain = new double[Pairs.LEAST];
        try (RawJdbc raw = new RawJdbc(url)) {
            double unusedWarm = raw.selectAll(tasks);
            for (int pair = 0; pair < Pairs.LEAST; pair++) {
                // each restart is a new process, as in life: with nothing compiled
                try (Fork engine = new Fork(EngineProcess.class, Load.flags(Load.HEAP), url)) {
                    ours[pair] = engine.ask("recovered " + tasks)[0] / 1e3;
                }
                plain[pair] = raw.selectAll(tasks);
            }
        }
        run.say(new Table(name + ", " + tasks + " unfinished tasks", "seconds")
                .row("restart until all are in memory", Pairs.median(ours))
                .row("SELECT by JDBC", Pairs.median(plain)));
        double[] costs = new double[Pairs.LEAST];
        for (int i = 0; i < costs.length; i++) {
            costs[i] = ours[i] / plain[i];
        }
        run.score().atMost(name + ", times a SELECT", Pairs.median(costs), 3);
    }

    /** As the engine that will start leaves them. */
    private static void fill(String url, int tasks) {
        EngineUnderLoad first = new EngineUnderLoad(url);
        first.close(); // the device is in the registry now
        try (JdbcStore store = JdbcStore.builder().url(url).build()) {
            EngineEpoch epoch = store.claimEngine(OptionalInt.of(1), EngineProcess.OWNER, Duration.ofMinutes(10))
                    .epoch();
            int device = store.load().devices().get(0).ordinal();
            NewRows rows = new NewRows(epoch, DeviceSet.of(device));
            for (int done = 0; done < tasks; done += BATCH) {
                var unused = store.insert(epoch, rows.next(BATCH));
            }
        }
    }
}
