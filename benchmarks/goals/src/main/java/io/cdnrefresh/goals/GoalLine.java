// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The score of a goal: the cell that is worst against the goal for its kind of cell. Not thread-safe.
 *
 * <p>The last line is that cell's figure and goal: {@code P9 1.62 goal 1.50 ok}.
 */
public final class GoalLine {
    private record Cell(String name, double value, double goal, boolean isAtLeast, String remark) {
        /** At least 1 = reached. */
        double margin() {
            return isAtLeast ? value / goal : goal / value;
        }

        String verdict() {
            return margin() >= 1 ? "ok" : "short"; // NaN is short
        }
    }

    private final String goal;
    private final List<Cell> cells = new ArrayList<>();

    /** The score of a goal, such as P9. */
    public GoalLine(String goal) {
        this.goal = goal;
    }

    /** A cell whose median ratio must be at least so high. */
    public GoalLine atLeast(String name, Pairs pairs, double least) {
        cells.add(new Cell(name, pairs.median(), least, true, pairs.toString()));
        return this;
    }

    /** A cell with a single figure that must be at least so high. */
    public GoalLine atLeast(String name, double figure, double least) {
        cells.add(new Cell(name, figure, least, true, ""));
        return this;
    }

    /** A cell with a single figure that must be at most so high. */
    public GoalLine atMost(String name, double figure, double most) {
        cells.add(new Cell(name, figure, most, false, ""));
        return this;
    }

    /** Whether every cell reaches its goal. */
    public boolean isReached() {
        return cells.stream().allMatch(cell -> cell.margin() >= 1);
    }

    /** All cells with their goals, worst first, and the last line. */
    @Override
    public String toString() {
        if (cells.isEmpty()) {
            throw new IllegalStateException("a goal without a cell");
        }
        List<Cell> sorted = new ArrayList<>(cells);
        sorted.sort((a, b) -> Double.compare(order(a), order(b)));
        Table table = new Table("against the goals", "figure", "goal", "", "median (spread)");
        for (Cell cell : sorted) {
            table.row(
                    cell.name,
                    two(cell.value),
                    (cell.isAtLeast ? ">= " : "<= ") + two(cell.goal),
                    cell.verdict(),
                    cell.remark);
        }
        Cell worst = sorted.get(0);
        return table + "\n" + goal + " " + two(worst.value) + " goal " + two(worst.goal) + " " + worst.verdict();
    }

    private static double order(Cell cell) {
        return Double.isNaN(cell.margin()) ? Double.NEGATIVE_INFINITY : cell.margin();
    }

    /** Rounded down, so that a line never says that a figure reached a goal which it did not. */
    private static String two(double number) {
        return String.format(
                Locale.ROOT, "%.2f", Double.isFinite(number) ? Math.floor(number * 100 + 1e-6) / 100 : number);
    }
}
