// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line in a few lines, and what may have been meant. Stateless. */
final class Misspelling {
    private static final int MOST_EDITS = 3;
    private static final int MOST_NAMES = 3;

    private Misspelling() {}

    /** Prints it; the exit code. */
    static int explain(ParameterException trouble, PrintWriter err) {
        CommandLine command = trouble.getCommandLine();
        err.println("refresh: " + trouble.getMessage());
        if (trouble instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String given = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
            List<String> meant = nearest(given, names(command, given.startsWith("-")));
            if (!meant.isEmpty()) {
                err.println("Did you mean: " + String.join(" or ", meant) + "?");
            }
        }
        err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return ExitCode.USAGE;
    }

    private static Collection<String> names(CommandLine command, boolean isOption) {
        if (!isOption) {
            return command.getSubcommands().keySet();
        }
        List<String> names = new ArrayList<>();
        command.getCommandSpec().options().forEach(option -> names.addAll(List.of(option.names())));
        return names;
    }

    private static List<String> nearest(String given, Collection<String> names) {
        return names.stream()
                .filter(name -> edits(given, name) <= Math.min(MOST_EDITS, Math.max(1, name.length() / 2)))
                .sorted(Comparator.comparingInt(name -> edits(given, name)))
                .limit(MOST_NAMES)
                .toList();
    }

    /** Letters to insert, leave out, replace or swap with the next: Damerau and Levenshtein. */
    static int edits(String one, String other) {
        int[][] cost = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                int least = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                boolean isSwap = i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1);
                cost[i][j] = isSwap ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
            }
        }
        return cost[one.length()][other.length()];
    }
}
