// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.dialect.DialectEndpoint;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.SharedCounters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "POST /client/v4/zones/c/purge_cache;  413; application/json;               '\"success\":false'",
                "POST /service/c/purge;                413; application/json;               '\"status\":\"fail\"'",
                "POST /;                               413; 'application/json;charset=utf-8'; '\"Code\":\"InvalidParameter\"'",
                "PURGE /a;                             413; 'text/plain; charset=utf-8';    'body-too-large: '",
                "POST /v1/engine/task;                 413; application/problem+json;       'urn:cdnrefresh:problem:body-too-large'",
            })
    void bodyTooLong_isRefusedInTheFormOfItsClient(String line, int status, String type, String part) throws Exception {
        Config config = config(
                "engine.http.dialects=purge,cloudflare,fastly,alibaba",
                "engine.dialects.port=0",
                "engine.http.max-body=1KiB",
                "engine.dialects.zones=c=www.a.com");
        try (NettyLoops loops = NettyLoops.create();
                HttpApiServer server = requireNonNull(
                        DialectServer.create(config, (request, responder) -> {}, NO_COUNTERS, loops, null));
                Socket client = new Socket()) {
            server.start();
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()), 10_000);
            client.setSoTimeout(10_000);
            client.getOutputStream()
                    .write((line + " HTTP/1.1\r\nHost: www.a.com\r\nContent-Length: 100000\r\n\r\n")
                            .getBytes(US_ASCII));
            String answer = new String(client.getInputStream().readAllBytes(), UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 " + status).contains("content-type: " + type + "\r\n", part);
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
