// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns the values of rows into those of columns and back. */
final class Sql {
    private static final int EXACT_FROM = 65_536;
    private static final String ESCAPED = "\n\r\\'\"\u001a";

    private Sql() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    /** How many bytes a value takes in a statement; exact for large ones, whose escapes would count. */
    static long sentBytes(byte[] value) {
        long sent = value.length;
        if (value.length > EXACT_FROM) {
            for (byte octet : value) {
                if (octet == 0 || ESCAPED.indexOf(octet) >= 0) {
                    sent++;
                }
            }
        }
        return sent;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String text(ResultSet row, String column) throws SQLException {
        return text(row.getBytes(column));
    }

    static void setNullable(PreparedStatement statement, int at, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(at, Types.BIGINT);
        } else {
            statement.setLong(at, time.toEpochMilli());
        }
    }

    static @Nullable Instant nullableInstant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }

    /** {@code (?,?,?)}. */
    static String tuple(int values) {
        return "(" + "?,".repeat(values - 1) + "?)";
    }

    /** One line a text. */
    static byte[] lines(List<String> texts) {
        StringBuilder lines = new StringBuilder();
        for (String text : texts) {
            if (text.indexOf('\n') >= 0) {
                throw new StoreException(Category.PERMANENT, "a text with a line break (expected: none)", null);
            }
            lines.append(text).append('\n');
        }
        return bytes(lines.toString());
    }

    static List<String> texts(byte[] lines) {
        List<String> texts = new ArrayList<>();
        String all = text(lines);
        int from = 0;
        for (int to = all.indexOf('\n'); to >= 0; to = all.indexOf('\n', from)) {
            texts.add(all.substring(from, to));
            from = to + 1;
        }
        return texts;
    }
}
