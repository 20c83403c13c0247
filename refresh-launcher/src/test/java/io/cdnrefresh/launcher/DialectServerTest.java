// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.dialect.DialectEndpoint;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.SharedCounters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DialectServerTest {
    private static final SharedCounters NO_COUNTERS =
            (window, engine, totals, keep) -> CompletableFuture.completedStage(totals);

    private static Config config(String... overrides) {
        return ConfigLoader.load(null, Map.of(), List.of(overrides), List.of());
    }

    @Test
    void create_nothingSwitchedOn_isNone() {
        try (NettyLoops loops = NettyLoops.create()) {
            assertThat(DialectServer.create(config(), (request, responder) -> {}, NO_COUNTERS, loops, null))
                    .isNull();
        }
    }

    @Test
    void create_dialectsAndZones_isAServer() {
        Config config = config(
                "engine.http.dialects=purge,alibaba",
                "engine.dialects.port=0",
                "engine.dialects.zones=a:1 = www.a.com  *.b.com,c=d");
        try (NettyLoops loops = NettyLoops.create();
                HttpApiServer server = requireNonNull(
                        DialectServer.create(config, (request, responder) -> {}, NO_COUNTERS, loops, null))) {
            server.start();
            assertThat(server.port()).isPositive();
        }
    }

    @Test
    void load_example_isSound() {
        Path file = Path.of("..", "examples", "clients", "refresh.toml");
        assertThat(ConfigLoader.load(file, Map.of(), List.of(), List.of()).list("engine.http.dialects"))
                .isEqualTo(DialectEndpoint.NAMES);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "engine.http.dialects=purge,akamai",
                "engine.dialects.zones=a",
                "engine.dialects.zones=a =",
                "engine.dialects.zones== www.a.com",
                "engine.dialects.zones=a = http://www.a.com",
                "engine.dialects.wait=56s",
            })
    void load_wrongValue_isAFault(String override) {
        assertThatThrownBy(() -> config(override)).isInstanceOf(ConfigException.class);
    }

    @Test
    void exposure_publicAddressWithoutKeys_isRefusedOnlyWhereADialectIsSwitchedOn() {
        MemoryStore noKeys = new MemoryStore();
        String host = "engine.dialects.host=0.0.0.0";
        assertThat(KeyStore.auth(config(host), noKeys).needsKeys()).isFalse();
        assertThat(KeyStore.auth(config(host, "engine.http.dialects=purge", "auth.insecure=true"), noKeys)
                        .needsKeys())
                .isFalse();
        Config open = config(host, "engine.http.dialects=purge");
        assertThatThrownBy(() -> KeyStore.auth(open, noKeys))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("engine.dialects.host");
    }
}
