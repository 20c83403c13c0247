// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

/** What a call of the program ends with. Scripts rely on these numbers. */
final class ExitCode {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int UNREACHABLE = 3;
    static final int OWED = 4;
    static final int TIMEOUT = 5;
    static final int REFUSED = 6;

    private ExitCode() {}
}
