// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.CoordinationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that speaks TLS and asks for a user's password. */
class RedisTlsIT {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path directory;

    @Test
    void tls_trustedOrNot_isConnectedOnlyWhenTrusted() throws Exception {
        makeCertificate();
        String port = Integer.toString(RedisServer.freePort());
        try (RedisServer redis = RedisServer.start(
                directory,
                "--tls-port",
                port,
                "--tls-cert-file",
                directory.resolve("cert.pem").toString(),
                "--tls-key-file",
                directory.resolve("key.pem").toString(),
                "--tls-auth-clients",
                "no",
                "--user",
                "engine",
                "on",
                ">s3cret",
                "~*",
                "&*",
                "+@all")) {
            String url = "rediss://engine:s3cret@localhost:" + port;
            try (RedisCoordinator trusting = RedisCoordinator.builder(url)
                    .trust(directory.resolve("cert.pem"))
                    .build()) {
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptions()
                        .until(() -> !get(trusting.offlineQueues().generation()).isEmpty());
            }
            try (RedisCoordinator stranger = RedisCoordinator.builder(url).build()) {
                await().during(Duration.ofMillis(500))
                        .untilAsserted(() -> assertThatThrownBy(
                                        () -> get(stranger.offlineQueues().generation()))
                                .hasCauseInstanceOf(CoordinationException.class)
                                .hasMessageNotContaining("s3cret"));
            }
            assertThat(redis.command("PING")).isEqualTo("+PONG");
        }
    }

    /** A certificate for localhost, signed by itself, made with the JDK's own tool. */
    private void makeCertificate() throws Exception {
        Path store = directory.resolve("store.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process made = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-keyalg",
                        "RSA",
                        "-alias",
                        "redis",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        write("CERTIFICATE", "cert.pem", keys.getCertificate("redis").getEncoded());
        write("PRIVATE KEY", "key.pem", keys.getKey("redis", PASSWORD).getEncoded());
    }

    private void write(String kind, String name, byte[] der) throws IOException {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        Files.writeString(
                directory.resolve(name), "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n");
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
