// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.engine.SaverFeed;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.spi.TaskRow;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** P3: intake into a MariaDB server on the same machine, and the savers alone. */
final class DatabaseIntakeGoal {
    private static final String[] SERVER = {"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"};

    private DatabaseIntakeGoal() {}

    public static void main(String[] arguments) throws SQLException, IOException {
        GoalRun run = GoalRun.begin("P3", arguments, "pairs of 1 s, no open loop", true);
        try (DataFolder data = new DataFolder();
                MariaDbServer server = MariaDbServer.start(data.path.resolve("mariadb"), SERVER)) {
            savers(run, server.mariaDbUrl());
            try (RawJdbc raw = new RawJdbc(server.mariaDbUrl());
                    EngineUnderLoad engine = new EngineUnderLoad(server.mariaDbUrl());
                    Fork bare = new Fork(BareServer.class, List.of("-Xmx256m"));
                    Load load = new Load()) {
                IntakeCells cells = new IntakeCells(run, engine, bare, load);
                cells.warm();
                DurableIntakeGoal.durable(run, cells, raw, 0.25, 3);
                run.say(cells.table());
            }
        }
        run.finish();
    }

    /** Rows a second of the savers, and of as plain JDBC as can be, which writes the same rows into equal tables. */
    private static void savers(GoalRun run, String url) throws SQLException {
        int count = run.isQuick() ? 20_000 : 50_000;
        double[] ours = new double[Pairs.LEAST];
        double[] plain = new double[Pairs.LEAST];
        try (JdbcStore store = JdbcStore.builder().url(url).build()) {
            EngineEpoch epoch = store.claimEngine(OptionalInt.of(2), "savers", Duration.ofMinutes(10))
                    .epoch();
            NewRows rows = new NewRows(epoch, DeviceSet.of(0));
            try (SaverFeed savers = new SaverFeed(store, epoch);
                    RawJdbc raw = new RawJdbc(url)) {
                long unused = savers.store(rows.next(count));
                raw.copyTasks(count);
                double unusedWarm = raw.insert(1, 1_000);
                for (int pair = 0; pair < Pairs.LEAST; pair++) {
                    List<TaskRow> some = rows.next(count);
                    ours[pair] = count * 1e9 / savers.store(some);
                    plain[pair] = raw.insert(1, 1_000);
                }
                run.say(new Table("rows", "a second")
                        .row("savers", Pairs.median(ours))
                        .row("raw JDBC, 1,000 rows a statement, one connection", Pairs.median(plain)));
            }
        }
        run.score().atLeast("savers alone", Pairs.ofRates(ours, plain), 0.8);
    }
}
