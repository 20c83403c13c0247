// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.FencedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The first thing of every transaction of an engine: nobody may raise its epoch until the commit. */
final class Fence {
    private Fence() {}

    static void check(Connection connection, Dialect dialect, EngineEpoch caller) throws SQLException {
        look(connection, caller, dialect.shareLock());
    }

    /** For who only reads: what it reads may be another's a moment later in any case. */
    static void look(Connection connection, EngineEpoch caller) throws SQLException {
        look(connection, caller, "");
    }

    private static void look(Connection connection, EngineEpoch caller, String lock) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT epoch FROM engine WHERE id = ?" + lock)) {
            query.setInt(1, caller.engine());
            try (ResultSet row = query.executeQuery()) {
                long current = row.next() ? row.getLong(1) : 0;
                if (current != caller.epoch()) {
                    throw new FencedException(caller, current);
                }
            }
        }
    }
}
