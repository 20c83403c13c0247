// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A MariaDB that takes no connection without TLS, through both drivers. */
class StoreTlsIT {
    @TempDir
    static Path folder;

    private static MariaDbServer server;
    private static Path trusted;
    private static Path foreign;

    @BeforeAll
    static void start() throws Exception {
        Path ours = folder.resolve("ours");
        Authority authority = Authority.create(ours, "ours", Duration.ofDays(1));
        trusted = authority.file();
        foreign = Authority.create(folder.resolve("foreign"), "foreign", Duration.ofDays(1))
                .file();
        Path certificate = authority.issue("database", List.of("127.0.0.1"), Duration.ofDays(1));
        server = MariaDbServer.start(
                Files.createDirectories(folder.resolve("server")),
                "--ssl=1",
                "--ssl-ca=" + trusted,
                "--ssl-cert=" + certificate,
                "--ssl-key=" + ours.resolve("database.key"),
                "--require-secure-transport=ON");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String url(String driver) {
        return driver.equals("mariadb") ? server.mariaDbUrl() : server.mySqlUrl();
    }

    private static void assertRefused(JdbcStore.Builder builder) {
        try (JdbcStore store = builder.connectTimeout(Duration.ofSeconds(1)).build()) {
            assertThatThrownBy(store::load).isInstanceOf(StoreException.class);
        }
    }

    /** The URL says that there is no TLS; the key of the configuration has the last word. */
    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void authorityOfTheServer_isTrusted(String driver) {
        Config config = ConfigLoader.load(
                null, Map.of(), List.of("store.url=" + url(driver), "store.tls-ca=" + trusted), List.of());
        try (JdbcStore registry =
                KeyStore.builder(config, folder.resolve("unused.db")).build()) {
            registry.apply(List.of(new RegistryChange.PausePut(PauseRule.parse("tenant=" + driver))));
            assertThat(registry.load().pauses()).contains(PauseRule.parse("tenant=" + driver));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "mysql"})
    void otherAuthority_otherName_andNoTls_areRefused(String driver) {
        assertRefused(JdbcStore.builder().url(url(driver)).trust(foreign));
        assertRefused(JdbcStore.builder()
                .url(url(driver).replace("127.0.0.1", "localhost"))
                .trust(trusted));
        assertRefused(JdbcStore.builder().url(url(driver)));
    }

    @Test
    void fileWithoutCertificates_isNamed() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing");
        assertThatThrownBy(() -> JdbcStore.builder()
                        .url(url("mariadb"))
                        .trust(empty)
                        .build()
                        .close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty.pem");
    }
}
