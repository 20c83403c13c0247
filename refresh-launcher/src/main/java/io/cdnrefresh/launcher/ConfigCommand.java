// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "config",
        description = "Looks at configurations.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigCommand.Check.class, ConfigCommand.Defaults.class})
final class ConfigCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "check",
            description = "Reports every fault of a configuration, one line each.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Parameters(arity = "0..1", paramLabel = "FILE", description = "Configuration in TOML.")
        @Nullable
        Path file;

        @Option(names = "--config", paramLabel = "FILE", description = "The same.")
        @Nullable
        Path configFile;

        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one key; repeatable.")
        List<String> overrides = new ArrayList<>();

        @Option(names = "--effective", description = "Prints what counts in the end, and where it comes from.")
        boolean effective;

        @Override
        public Integer call() {
            Path given = file == null ? configFile : file;
            Config config = ConfigLoader.load(given, System.getenv(), overrides, List.of());
            ExposureCheck.check(config, true, true);
            if (effective) {
                ConfigPrinter.effective(config)
                        .forEach(line -> spec.commandLine().getOut().println(line));
            } else {
                spec.commandLine().getOut().println((given == null ? "configuration" : given) + ": no faults");
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "defaults",
            description = "Prints every key with its default, as a file that can be used.",
            mixinStandardHelpOptions = true)
    static final class Defaults implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Override
        public Integer call() {
            spec.commandLine().getOut().print(ConfigPrinter.defaults());
            spec.commandLine().getOut().flush();
            return ExitCode.DONE;
        }
    }
}
