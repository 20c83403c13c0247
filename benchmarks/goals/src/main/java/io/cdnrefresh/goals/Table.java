// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of text in aligned columns: the first to the left, the others to the right. Not thread-safe. */
public final class Table {
    private final List<String[]> rows = new ArrayList<>();

    /** A table with these headings. */
    public Table(String... headings) {
        rows.add(headings.clone());
    }

    /** Adds a row; numbers are shown with three figures that count, or as they are when they have no fraction. */
    public Table row(Object... cells) {
        String[] row = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            row[i] = cells[i] instanceof Double number ? shown(number) : String.valueOf(cells[i]);
        }
        rows.add(row);
        return this;
    }

    /** Three figures that count. */
    public static String shown(double number) {
        double size = Math.abs(number);
        String format = size >= 100 || size == 0 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return Double.isNaN(number) ? "-" : String.format(Locale.ROOT, format, number);
    }

    /** The table, each line ended. */
    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String gap = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? row[i] + gap : "  " + gap + row[i]);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
