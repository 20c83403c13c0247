// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.Console;
import java.util.Locale;

/** The person at the keyboard, if there is one. */
@SuppressWarnings(
        "SystemConsoleNull") // JDK 22 to 24 find one too often: the cost is a bar in a log, an unread question
final class Terminal {
    private Terminal() {}

    /** Whether input and output are a terminal. */
    @SuppressWarnings(
            "SystemConsoleNull") // JDK 22 to 24 say yes too often: the cost is a bar in a log, and an unread question
    static boolean isThere() {
        return System.console() != null;
    }

    /** Asks a question; only yes is yes. */
    static boolean confirms(String question) {
        Console console = System.console();
        String answer = console == null ? null : console.readLine("%s [y/N] ", question);
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }
}
