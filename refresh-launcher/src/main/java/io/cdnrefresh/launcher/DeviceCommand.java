// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.spi.ProxyToken;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "device",
        description = "Takes a device out of service, back in, or away for good.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DeviceCommand.Online.class,
            DeviceCommand.Offline.class,
            DeviceCommand.Maintenance.class,
            DeviceCommand.Put.class,
            DeviceCommand.Remove.class,
            DeviceCommand.Token.class
        })
final class DeviceCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    /** A command about one device. */
    abstract static class OfOne extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The device.")
        String name = "";

        final String path() {
            return "/v1/engine/devices/" + Query.encode(name);
        }
    }

    @Command(
            name = "put",
            description = "Registers a device before it comes, or moves it.",
            mixinStandardHelpOptions = true)
    static final class Put extends OfOne {
        @Option(names = "--group", paramLabel = "NAME", description = "Its group; default: default.")
        @Nullable
        String group;

        @Option(names = "--tier", paramLabel = "TIER", description = "parent or edge; default: edge.")
        @Nullable
        String tier;

        @Override
        public Integer call() {
            Map<String, Object> body = new LinkedHashMap<>();
            if (group != null) {
                body.put("group", group);
            }
            if (tier != null) {
                body.put("tier", tier);
            }
            return print(options.client().send("PUT", path(), body));
        }
    }

    /** A command that sets the state of a device. */
    abstract static class StateChange extends OfOne {
        @Option(names = "--reason", description = "Why.")
        @Nullable
        String reason;

        @Option(names = "--until", paramLabel = "INSTANT", description = "Until when; default: until told.")
        @Nullable
        String until;

        final int change(String state) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("state", state);
            if (reason != null) {
                body.put("reason", reason);
            }
            if (until != null) {
                body.put("until", until);
            }
            return print(options.client().send("PUT", path() + "/state", body));
        }
    }

    @Command(name = "online", description = "Takes a device back in.", mixinStandardHelpOptions = true)
    static final class Online extends StateChange {
        @Override
        public Integer call() {
            return change("online");
        }
    }

    @Command(name = "offline", description = "Takes a device out of service.", mixinStandardHelpOptions = true)
    static final class Offline extends StateChange {
        @Override
        public Integer call() {
            return change("offline");
        }
    }

    @Command(
            name = "maintenance",
            description = "Takes a device out of service for work on it.",
            mixinStandardHelpOptions = true)
    static final class Maintenance extends StateChange {
        @Override
        public Integer call() {
            return change("maintenance");
        }
    }

    @Command(name = "remove", description = "Removes a device and ends its debt.", mixinStandardHelpOptions = true)
    static final class Remove extends OfOne {
        @Override
        public Integer call() {
            return print(options.client().send("DELETE", path(), null));
        }
    }

    @Command(
            name = "token",
            description = "Prints the token of one device (proxy.token), where engine.rpc.token-per-device is set.",
            mixinStandardHelpOptions = true)
    static final class Token implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "The device.")
        String name = "";

        @Mixin
        private ConfigOptions options = new ConfigOptions();

        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli before call()
        private CommandSpec spec;

        @Override
        public Integer call() {
            Config config = options.load();
            String secret = config.text("engine.rpc.token");
            if (secret.isEmpty() || !config.flag("engine.rpc.token-per-device")) {
                throw new CommandException(
                        ExitCode.USAGE,
                        "engine.rpc.token, engine.rpc.token-per-device (expected: both, as the engines have them)");
            }
            spec.commandLine().getOut().println(ProxyToken.of(secret, Device.requireName("device", name)));
            spec.commandLine().getOut().flush();
            return ExitCode.DONE;
        }
    }
}
