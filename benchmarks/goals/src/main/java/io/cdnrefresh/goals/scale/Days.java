// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.scale;

import io.cdnrefresh.model.TaskId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;

/** Gives an empty store the partitions that it would have had it run for some days. */
final class Days {
    private Days() {}

    static void before(String url, Instant start, int count) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String table : new String[] {"task", "task_host", "task_label"}) {
                String name;
                String end;
                try (ResultSet first = statement.executeQuery("SELECT PARTITION_NAME, PARTITION_DESCRIPTION"
                        + " FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '"
                        + table + "' ORDER BY PARTITION_ORDINAL_POSITION")) {
                    first.next();
                    name = first.getString(1);
                    end = first.getString(2);
                }
                StringBuilder parts = new StringBuilder();
                for (int day = 1; day <= count; day++) {
                    Instant to = start.plus(Duration.ofDays(day));
                    parts.append("PARTITION d")
                            .append(day)
                            .append(" VALUES LESS THAN (")
                            .append(to.toEpochMilli() - TaskId.EPOCH_MILLIS << 22)
                            .append("), ");
                }
                statement.execute("ALTER TABLE " + table + " REORGANIZE PARTITION " + name + " INTO (" + parts
                        + "PARTITION " + name + " VALUES LESS THAN (" + end + "))");
            }
        }
    }
}
