// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Lifts a pause; the options are those of the pause.",
        mixinStandardHelpOptions = true)
final class ResumeCommand extends PauseRuleCommand {
    @Override
    public Integer call() {
        return send("/v1/engine/resume");
    }
}
