// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.RefreshException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The program {@code refresh}: engine, proxy, both, and their command line. The exit code says how it ended: 0 done, 1
 * failed or partial, 2 wrong usage or configuration, 3 engine not reachable, 4 every serving node proven but some owed,
 * 5 timeout, 6 refused.
 */
@Command(
        name = "refresh",
        description = "Purges and preloads content on every cache of a network.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.VersionLine.class,
        subcommands = {
            EngineCommand.class,
            ProxyCommand.class,
            StandaloneCommand.class,
            DemoCommand.class,
            SubmitCommand.class,
            StatusCommand.class,
            WaitCommand.class,
            CancelCommand.class,
            RetryCommand.class,
            ListCommand.class,
            ExplainCommand.class,
            DevicesCommand.class,
            QuotaCommand.class,
            DeviceCommand.class,
            HostsCommand.class,
            StatsCommand.class,
            HealthCommand.class,
            DrainCommand.class,
            ReloadCommand.class,
            CaCommand.class,
            KeyCommand.class,
            TenantCommand.class,
            AuditCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            ReplayCommand.class,
            CallbacksCommand.class,
            WebhookSecretCommand.class,
            ConfigCommand.class,
            DebugCommand.class,
            TraceCommand.class,
            VersionCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(new CommandLine(new Main()), args));
    }

    /** Runs one command with its output going elsewhere, and says how it ended. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(new CommandLine(new Main()).setOut(out).setErr(err), args);
    }

    /** The commands as they are, for documents about them. */
    static CommandLine commands() {
        return new CommandLine(new Main());
    }

    private static int run(CommandLine line, String... args) {
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(Duration.class, new DurationConverter());
        line.setParameterExceptionHandler((trouble, given) ->
                Misspelling.explain(trouble, trouble.getCommandLine().getErr()));
        line.setExecutionExceptionHandler((trouble, command, parsed) -> {
            if (trouble instanceof ConfigException) {
                command.getErr().println(trouble.getMessage());
                return ExitCode.USAGE;
            }
            if (trouble instanceof CommandException known) {
                command.getErr().println("refresh: " + known.getMessage());
                return known.exitCode();
            }
            if (trouble instanceof RefreshException part) {
                Throwable cause = part.getCause();
                String why = cause == null ? "" : ": " + cause.getMessage();
                command.getErr().println("refresh: " + part.getMessage() + why);
                return ExitCode.FAILED;
            }
            trouble.printStackTrace(command.getErr());
            return ExitCode.FAILED;
        });
        return line.execute(args);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    static final class VersionLine implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {Version.line()};
        }
    }

    private static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Duration value = ValueType.parseDuration(text);
            if (value == null) {
                throw new TypeConversionException(text + " (expected: a time as 250ms, 30s, 5m or 1h)");
            }
            return value;
        }
    }
}
