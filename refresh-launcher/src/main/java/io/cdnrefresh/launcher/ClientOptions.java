// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where the engine is and how it is asked. */
final class ClientOptions {
    @Option(
            names = "--engine",
            paramLabel = "URL",
            split = ",",
            description = "Base URL of the engine, several tried in turn; default: $REFRESH_ENGINE, else "
                    + "http://127.0.0.1:9181.")
    List<String> engines = new ArrayList<>();

    @Option(
            names = "--retry-for",
            paramLabel = "TIME",
            defaultValue = "5s",
            description = "How long a refused call or a 503 is repeated (${DEFAULT-VALUE}).")
    Duration retryFor = Duration.ofSeconds(5);

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Holds the key to send; default: REFRESH_TOKEN_FILE, REFRESH_TOKEN.")
    @Nullable
    String tokenFile;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "PEM file of the authorities of https engines; default: REFRESH_TLS_CA, or whom Java trusts.")
    @Nullable
    String tlsCa;

    @Option(names = "--json", description = "Prints the engine's own answer.")
    boolean json;

    /** A client with these options. */
    ApiClient client() {
        Map<String, String> environment = System.getenv();
        List<String> given = engines;
        if (given.isEmpty()) {
            given = List.of(environment
                    .getOrDefault("REFRESH_ENGINE", "http://127.0.0.1:9181")
                    .split(","));
        }
        String trusted = tlsCa == null ? environment.get("REFRESH_TLS_CA") : tlsCa;
        return new ApiClient(
                given.stream().map(ClientOptions::base).toList(), token(environment), retryFor, trust(trusted));
    }

    private static URI base(String text) {
        Object url = ValueType.engineUrl().fromText().apply(text.strip());
        if (url == null) {
            throw new CommandException(
                    ExitCode.USAGE, "--engine: " + text + " (expected: http://HOST:PORT or https://HOST:PORT)");
        }
        return URI.create(url.toString());
    }

    private @Nullable String token(Map<String, String> environment) {
        if (tokenFile != null) {
            return content("--token-file", tokenFile);
        }
        String file = environment.get("REFRESH_TOKEN_FILE");
        return file == null ? environment.get("REFRESH_TOKEN") : content("REFRESH_TOKEN_FILE", file);
    }

    private static @Nullable SSLContext trust(@Nullable String file) {
        try {
            return file == null ? null : Trust.in(Path.of(file));
        } catch (IOException | GeneralSecurityException | InvalidPathException e) {
            throw new CommandException(ExitCode.USAGE, "--tls-ca: " + file + " (expected: a PEM file of certificates)");
        }
    }

    private static String content(String given, String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException | InvalidPathException e) {
            throw new CommandException(ExitCode.USAGE, given + ": " + file + " (expected: a readable file)");
        }
    }
}
