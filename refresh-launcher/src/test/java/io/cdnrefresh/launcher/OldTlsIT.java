// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that speak nothing newer than TLS 1.1, where the JDK's own list of what is forbidden has been emptied. */
class OldTlsIT {
    private static final List<String> LISTENERS = List.of("api", "dialects", "rpc");

    @TempDir
    static Path folder;

    private static String outcomes = "";

    @BeforeAll
    static void meetEachOther() throws Exception {
        Path ca = folder.resolve("ca");
        Authority authority = Authority.create(ca, "ours", Duration.ofDays(1));
        Path certificate = authority.issue("peer", List.of("127.0.0.1"), Duration.ofDays(1));
        String key = ca.resolve("peer.key").toString();
        Path list = Files.writeString(folder.resolve("nothing-forbidden"), "jdk.tls.disabledAlgorithms=\n");
        String emptied = "-Djava.security.properties=" + list;
        List<Integer> ports = List.of(FreePorts.one(), FreePorts.one(), FreePorts.one());
        try (LauncherProcess engine = LauncherProcess.start(
                Stream.concat(LauncherProcess.QUICK_START.stream(), Stream.of(emptied))
                        .toList(),
                Map.of(),
                "engine",
                "--set",
                "engine.data=" + folder.resolve("data"),
                "--set",
                "engine.http.port=" + ports.get(0),
                "--set",
                "engine.http.tls=true",
                "--set",
                "engine.http.tls-cert=" + certificate,
                "--set",
                "engine.http.tls-key=" + key,
                "--set",
                "engine.http.dialects=purge",
                "--set",
                "engine.dialects.port=" + ports.get(1),
                "--set",
                "engine.rpc.port=" + ports.get(2),
                "--set",
                "engine.rpc.tls=true",
                "--set",
                "engine.rpc.tls-cert=" + certificate,
                "--set",
                "engine.rpc.tls-key=" + key)) {
            engine.awaitErr("ready");
            try (LauncherProcess peer = LauncherProcess.startMain(
                    OldTlsPeer.class,
                    Map.of("JAVA_TOOL_OPTIONS", emptied),
                    ca.toString(),
                    "api=" + ports.get(0),
                    "dialects=" + ports.get(1),
                    "rpc=" + ports.get(2))) {
                outcomes = peer.awaitEnd(Duration.ofMinutes(3)).out();
            }
        }
    }

    static Stream<String> listenersAndClients() {
        return Stream.concat(LISTENERS.stream(), OldTlsPeer.CLIENTS.stream().filter(name -> !name.equals("jdk")));
    }

    @ParameterizedTest
    @MethodSource("listenersAndClients")
    void peerOfTls11_isRefused_andOfTls12_isNot(String name) {
        assertThat(outcomes.lines()).contains(name + " TLSv1.1 refused", name + " TLSv1.2 taken");
    }

    @Test
    void jdkItself_doesNotRefuse() {
        assertThat(outcomes.lines()).contains("jdk TLSv1.1 taken", "jdk TLSv1.2 taken");
    }
}
