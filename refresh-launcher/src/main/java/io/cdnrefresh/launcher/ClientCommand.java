// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks an engine. */
abstract class ClientCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    CommandSpec spec;

    @Mixin
    ClientOptions options = new ClientOptions();

    /** Where results go. */
    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Where progress and questions go. */
    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints an answer: as it came with {@code --json}, else for people. */
    int print(Answer answer) {
        if (options.json) {
            out().println(answer.text());
        } else {
            TaskText.print(answer.object(), out());
        }
        out().flush();
        if (answer.status() == 409) {
            return ExitCode.FAILED;
        }
        return ExitCode.DONE;
    }
}
