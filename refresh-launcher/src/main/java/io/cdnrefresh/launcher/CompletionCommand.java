// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = "Prints the completions of a shell: source <(refresh completion bash), the same with zsh after"
                + " autoload -U compinit bashcompinit; or refresh completion fish >"
                + " ~/.config/fish/completions/refresh.fish",
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
    /** A shell. */
    enum Shell {
        BASH,
        ZSH,
        FISH
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    Shell shell = Shell.BASH;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        String text = shell == Shell.FISH ? fish(root) : AutoComplete.bash("refresh", root);
        if (shell == Shell.ZSH) {
            text = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + text;
        }
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE;
    }

    private static String fish(CommandLine root) {
        StringBuilder out = new StringBuilder("complete -c refresh -f\n");
        add(out, root, "__fish_use_subcommand");
        return out.toString();
    }

    private static void add(StringBuilder out, CommandLine command, String when) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (option.hidden()) {
                continue;
            }
            out.append("complete -c refresh -n ").append(quoted(when));
            for (String name : option.names()) {
                boolean isLong = name.startsWith("--");
                out.append(isLong ? " -l " : " -s ").append(name.substring(isLong ? 2 : 1));
            }
            if (option.arity().max() > 0) {
                out.append(option.paramLabel().toUpperCase(Locale.ROOT).contains("FILE") ? " -r -F" : " -r");
            }
            describe(out, option.description());
        }
        command.getSubcommands().forEach((name, sub) -> {
            out.append("complete -c refresh -n ")
                    .append(quoted(when))
                    .append(" -a ")
                    .append(name);
            describe(out, sub.getCommandSpec().usageMessage().description());
            add(out, sub, "__fish_seen_subcommand_from " + name);
        });
    }

    private static void describe(StringBuilder out, String[] text) {
        if (text.length > 0) {
            out.append(" -d ").append(quoted(text[0].replaceAll("\\$\\{[^}]*}", "…")));
        }
        out.append('\n');
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
