// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "ca",
        description =
                "Makes a certificate authority for tests and small networks, and certificates of engines, proxies and"
                        + " clients.",
        mixinStandardHelpOptions = true,
        subcommands = {CaCommand.Init.class, CaCommand.Issue.class})
final class CaCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    /** A command that writes files. */
    abstract static class Writing implements Callable<Integer> {
        @Option(names = "--folder", defaultValue = "ca", description = "Where the files are (${DEFAULT-VALUE}).")
        Path folder = Path.of("ca");

        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        abstract Path write() throws IOException, GeneralSecurityException;

        @Override
        public Integer call() {
            try {
                spec.commandLine().getOut().println(write());
                spec.commandLine().getOut().flush();
                return ExitCode.DONE;
            } catch (IllegalArgumentException wrong) {
                throw new CommandException(ExitCode.USAGE, String.valueOf(wrong.getMessage()));
            } catch (IOException | GeneralSecurityException e) {
                throw new CommandException(ExitCode.FAILED, "--folder: " + folder + ": " + e);
            }
        }

        static Duration days(int days) {
            if (days < 1 || days > 36_500) {
                throw new CommandException(ExitCode.USAGE, "--days: " + days + " (expected: 1..36500)");
            }
            return Duration.ofDays(days);
        }
    }

    @Command(
            name = "init",
            description = "Makes the authority: ca.pem for everybody to trust, ca.key to keep.",
            mixinStandardHelpOptions = true)
    static final class Init extends Writing {
        @Option(names = "--name", defaultValue = "CDN refresh", description = "Its name (${DEFAULT-VALUE}).")
        String name = "CDN refresh";

        @Option(names = "--days", defaultValue = "3650", description = "How long it is good (${DEFAULT-VALUE}).")
        int days = 3_650;

        @Override
        Path write() throws IOException, GeneralSecurityException {
            if (Authority.isIn(folder)) {
                throw new CommandException(
                        ExitCode.USAGE, "--folder: " + folder + " (expected: a folder without ca.pem and ca.key)");
            }
            return Authority.create(folder, name, days(days)).file();
        }
    }

    @Command(
            name = "issue",
            description = "Issues NAME.pem and NAME.key, for a server as well as for a client. The NAME of a proxy's"
                    + " certificate is its proxy.id.",
            mixinStandardHelpOptions = true)
    static final class Issue extends Writing {
        @Parameters(paramLabel = "NAME", description = "Whose certificate it is.")
        String name = "";

        @Option(
                names = "--host",
                description = "A name or address at which it is reached, for engines; repeatable. Default: none.")
        List<String> hosts = new ArrayList<>();

        @Option(names = "--days", defaultValue = "825", description = "How long it is good (${DEFAULT-VALUE}).")
        int days = 825;

        @Option(names = "--renew", description = "Writes over the certificate and key that are there.")
        boolean renew;

        @Override
        Path write() throws IOException, GeneralSecurityException {
            Device.requireName("NAME", name);
            if (name.equals("ca") || Files.exists(folder.resolve(name + ".pem")) && !renew) {
                throw new CommandException(
                        ExitCode.USAGE, "NAME: " + name + " (expected: not ca, and none that is there; or --renew)");
            }
            return Authority.open(folder).issue(name, hosts, days(days));
        }
    }
}
