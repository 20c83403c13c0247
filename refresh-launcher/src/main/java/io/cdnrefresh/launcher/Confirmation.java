// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.List;

/** Asks before what is broad is purged. */
final class Confirmation {
    private static final List<String> NARROW = List.of("url", "preload");

    private Confirmation() {}

    /** Whether tasks of the type are asked about. */
    static boolean isBroad(String type) {
        return !NARROW.contains(type);
    }

    /** Returns if the person agrees, or has agreed before. */
    static void ask(String type, List<String> targets, boolean isAgreed) {
        if (isAgreed || !isBroad(type)) {
            return;
        }
        String what = "all".equals(type) ? "everything" : type + " " + String.join(" ", targets);
        if (!Terminal.isThere()) {
            throw new CommandException(
                    ExitCode.USAGE, "--yes: missing (expected: given, to purge " + what + " unasked)");
        }
        if (!Terminal.confirms("Purge " + what + "?")) {
            throw new CommandException(ExitCode.FAILED, "not done");
        }
    }
}
