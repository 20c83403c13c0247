// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.RegistryChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
    @TempDir
    Path folder;

    @Test
    void load_nothingGiven_everyKeyHasItsDefault() {
        Config config = ConfigLoader.load(null, Map.of(), List.of(), List.of());

        assertThat(config.number("engine.http.port")).isEqualTo(9181);
        assertThat(config.text("engine.id")).isEqualTo("auto");
        assertThat(config.list("proxy.engines")).containsExactly("127.0.0.1:9182");
        assertThat(config.time("engine.shutdown")).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.caches()).isEmpty();
        assertThat(config.origins()).isEmpty();
    }

    @Test
    void load_fileWithEverything_isTakenOver() throws IOException {
        Path file = file("""
            [engine]
            id = 7
            lanes = 4
            [engine.http]
            port = 9281
            max-body = "64KiB"
            [proxy]
            engines = ["10.0.0.1:9182", "[::1]:9182"]
            [[proxy.cache]]
            driver = "varnish"
            url = "http://127.0.0.1:6081"
            fence = "5s"
            [[proxy.cache]]
            name = "edge"
            driver = "nginx"
            url = "http://127.0.0.1:8080"
            layer = "front"
            """);

        Config config = ConfigLoader.load(file, Map.of(), List.of(), List.of());

        assertThat(config.text("engine.id")).isEqualTo("7");
        assertThat(config.number("engine.lanes")).isEqualTo(4);
        assertThat(config.values().get("engine.http.max-body")).isEqualTo(65536L);
        assertThat(config.list("proxy.engines")).containsExactly("10.0.0.1:9182", "[::1]:9182");
        assertThat(config.caches())
                .containsExactly(
                        new Config.Cache("varnish", "varnish", "http://127.0.0.1:6081", "back", Duration.ofSeconds(5)),
                        new Config.Cache("edge", "nginx", "http://127.0.0.1:8080", "front", null));
    }

    @Test
    void load_manyFaults_areAllReportedWithLineKeyValueAndWhatIsAllowed() throws IOException {
        Path file = file("""
            [engine]
            lanes = 3
            colour = "blue"
            [engine.http]
            port = 70000
            max-body = 12
            [proxi]
            id = "x"
            [[proxy.cache]]
            driver = "apache"
            url = "http://127.0.0.1:6081"
            """);

        assertThat(faults(file, Map.of(), List.of("engine.id=9999", "nonsense"), List.of("varnish")))
                .containsExactly(
                        file + ":2: engine.lanes: 3 (expected: 0 | a power of two up to 64)",
                        file + ":3: engine.colour: blue (expected: a key that exists: see config defaults)",
                        file + ":5: engine.http.port: 70000 (expected: 0..65535; 0 = a free one)",
                        file + ":6: engine.http.max-body: 12 (expected: 1024B to 64MiB, as 512B, 64KiB, 1MiB or 1GiB)",
                        file + ":7: proxi: a table (expected: a key that exists: see config defaults)",
                        file + ":10: proxy.cache.0.driver: apache (expected: ats | varnish | nginx | squid | http)",
                        "--set: engine.id: 9999 (expected: \"auto\" | 0..1023)",
                        "--set: KEY=VALUE: nonsense (expected: as engine.http.port=9281)",
                        "--cache: DRIVER=URL: varnish (expected: as varnish=http://127.0.0.1:6081)");
    }

    @Test
    void load_noToml_saysLine() throws IOException {
        assertThat(faults(file("[engine\nid = 1\n"), Map.of(), List.of(), List.of()))
                .singleElement()
                .asString()
                .startsWith(folder.resolve("refresh.toml") + ":1: syntax: ");
    }

    @Test
    void load_missingFile_isAFault() {
        Path missing = folder.resolve("missing.toml");
        assertThat(faults(missing, Map.of(), List.of(), List.of()))
                .containsExactly(missing + ": --config: " + missing + " (expected: a readable file in UTF-8)");
    }

    @Test
    void load_environmentAndOverride_winOverFileInThisOrder() throws IOException {
        Path file = file("[engine.http]\nport = 1001\nhost = \"127.0.0.2\"\n[engine.rpc]\nport = 1001\n");
        Map<String, String> environment = Map.of(
                "REFRESH_ENGINE_HTTP_PORT", "1002",
                "REFRESH_ENGINE_RPC_PORT", "1002",
                "REFRESH_PROXY_CACHE_0_DRIVER", "squid",
                "REFRESH_PROXY_CACHE_0_URL", "http://127.0.0.1:3128",
                "REFRESH_ENGINE", "http://127.0.0.1:9181");

        Config config = ConfigLoader.load(file, environment, List.of("engine.http.port=1003"), List.of());

        assertThat(config.number("engine.http.port")).isEqualTo(1003);
        assertThat(config.number("engine.rpc.port")).isEqualTo(1002);
        assertThat(config.text("engine.http.host")).isEqualTo("127.0.0.2");
        assertThat(config.caches())
                .singleElement()
                .extracting(Config.Cache::driver)
                .isEqualTo("squid");
    }

    @Test
    void load_cachesOnTheCommandLine_getNamesOfTheirOwn() {
        Config config = ConfigLoader.load(
                null, Map.of(), List.of(), List.of("varnish=http://127.0.0.1:1", "varnish=http://127.0.0.1:2"));

        assertThat(config.caches()).extracting(Config.Cache::name).containsExactly("varnish", "varnish-2");
    }

    @Test
    void load_cacheWithoutUrl_isAFault() {
        assertThat(faults(null, Map.of(), List.of("proxy.cache.0.driver=ats"), List.of()))
                .containsExactly("configuration: proxy.cache.0.url: missing (expected: http://HOST:PORT)");
    }

    @Test
    void faults_secret_isMasked() throws IOException {
        Path file = file("[store]\npassword = 12345\n");
        assertThat(faults(file, Map.of(), List.of(), List.of()))
                .containsExactly(file + ":2: store.password: **** (expected: any text)");
    }

    @Test
    void printed_secrets_areMasked() {
        Config config = ConfigLoader.load(
                null,
                Map.of("REFRESH_STORE_PASSWORD", "hunter2"),
                List.of(
                        "coordinator.url=redis://me:hunter3@127.0.0.1:6379",
                        "store.url=jdbc:mysql://h/d?password=hunter4"),
                List.of());

        assertThat(ConfigPrinter.changes(config))
                .contains("store.password=****")
                .doesNotContain("hunter");
        assertThat(ConfigPrinter.effective(config).toString()).doesNotContain("hunter");
    }

    @Test
    void defaults_readAgain_areTheDefaults() throws IOException {
        Config config = ConfigLoader.load(file(ConfigPrinter.defaults()), Map.of(), List.of(), List.of());

        assertThat(config.values())
                .isEqualTo(
                        ConfigLoader.load(null, Map.of(), List.of(), List.of()).values());
    }

    @Test
    void exposure_publicAddressWithoutKeys_isRefusedUnlessInsecure() {
        List<String> open = List.of("proxy.http.host=0.0.0.0");
        Config refused = ConfigLoader.load(null, Map.of(), open, List.of());
        ConfigException fault =
                catchThrowableOfType(ConfigException.class, () -> ExposureCheck.check(refused, true, true));
        assertThat(fault.faults()).singleElement().asString().contains("proxy.http.host: 0.0.0.0", "auth.insecure");

        assertThat(ExposureCheck.check(refused, true, false)).isEmpty();
        Config allowed =
                ConfigLoader.load(null, Map.of(), List.of("engine.http.host=0.0.0.0", "auth.insecure=true"), List.of());
        assertThat(ExposureCheck.check(allowed, true, true)).containsExactly("engine.http.host");
    }

    @Test
    void exposure_publicApi_needsKeysInItsStore() {
        Config config = ConfigLoader.load(null, Map.of(), List.of("engine.http.host=0.0.0.0"), List.of());
        assertThat(ExposureCheck.check(config, true, true)).isEmpty();
        MemoryStore store = new MemoryStore();
        ConfigException fault = catchThrowableOfType(ConfigException.class, () -> KeyStore.auth(config, store));
        assertThat(fault.faults()).singleElement().asString().contains("engine.http.host: 0.0.0.0", "refresh key add");

        ApiKey key = new ApiKey("a", "ops", "", Rights.ALL, KeyText.hash("rk_a_b"), "", null, Instant.EPOCH, null);
        store.apply(List.of(new RegistryChange.KeyPut(key)));
        assertThat(KeyStore.auth(config, store).needsKeys()).isTrue();

        Config insecure =
                ConfigLoader.load(null, Map.of(), List.of("engine.http.host=0.0.0.0", "auth.insecure=true"), List.of());
        assertThat(KeyStore.auth(insecure, new MemoryStore()).needsKeys()).isFalse();
        Config local = ConfigLoader.load(null, Map.of(), List.of("auth.peer-secret=hush"), List.of());
        assertThat(KeyStore.auth(local, new MemoryStore()).needsKeys()).isFalse();
        assertThat(KeyStore.auth(local, new MemoryStore()).toString()).doesNotContain("hush");
    }

    @Test
    void exposure_rpcThatKnowsItsProxies_mayFaceTheNetwork() throws IOException {
        String pem = Files.writeString(folder.resolve("a.pem"), "").toString();
        List<String> tls = List.of(
                "engine.rpc.host=0.0.0.0",
                "engine.rpc.tls=true",
                "engine.rpc.tls-cert=" + pem,
                "engine.rpc.tls-key=" + pem);
        Config unknown = ConfigLoader.load(null, Map.of(), tls, List.of());
        ConfigException fault =
                catchThrowableOfType(ConfigException.class, () -> ExposureCheck.check(unknown, true, false));
        assertThat(fault.faults()).singleElement().asString().contains("engine.rpc.host", "engine.rpc.token");
        for (String proof : List.of("engine.rpc.token=s3cret", "engine.rpc.tls-client-ca=" + pem)) {
            List<String> known = new java.util.ArrayList<>(tls);
            known.add(proof);
            assertThat(ExposureCheck.check(ConfigLoader.load(null, Map.of(), known, List.of()), true, false))
                    .isEmpty();
        }
    }

    @Test
    void tls_withoutItsFiles_namesEachOne() {
        Config config = ConfigLoader.load(
                null,
                Map.of(),
                List.of(
                        "engine.http.tls=true",
                        "engine.http.tls-cert=nowhere.pem",
                        "proxy.tls=true",
                        "proxy.tls-cert=a"),
                List.of());
        ConfigException fault =
                catchThrowableOfType(ConfigException.class, () -> ExposureCheck.check(config, true, true));
        assertThat(fault.faults())
                .extracting(ConfigFault::toString)
                .anyMatch(text -> text.contains("engine.http.tls-cert: nowhere.pem"))
                .anyMatch(text -> text.contains("engine.http.tls-key"))
                .anyMatch(text -> text.contains("proxy.tls-cert: a"))
                .anyMatch(text -> text.contains("proxy.tls-key"))
                .hasSize(4);
    }

    @Test
    void documentation_matchesTheTable() throws IOException {
        Path page = Path.of("..", "docs", "configuration.md");
        if (Boolean.getBoolean("refresh.write-docs")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, ConfigPrinter.markdown());
        }
        assertThat(Files.readString(page))
                .as("docs/configuration.md: write it anew with -Drefresh.write-docs=true")
                .isEqualTo(ConfigPrinter.markdown());
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("refresh.toml"), text);
    }

    private static List<String> faults(
            @org.jspecify.annotations.Nullable Path file,
            Map<String, String> environment,
            List<String> overrides,
            List<String> caches) {
        return catchThrowableOfType(
                        ConfigException.class, () -> ConfigLoader.load(file, environment, overrides, caches))
                .faults()
                .stream()
                .map(ConfigFault::toString)
                .toList();
    }

    @Test
    void load_secretInAFile_isRead(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("token"), "hush\n");
        Config byValue = ConfigLoader.load(null, Map.of(), List.of("engine.rpc.token=file:" + secret), List.of());
        assertThat(byValue.text("engine.rpc.token")).isEqualTo("hush");
        Config byVariable = ConfigLoader.load(
                null,
                Map.of("REFRESH_STORE_PASSWORD_FILE", secret.toString(), "REFRESH_PROXY_GROUP_FILE", secret.toString()),
                List.of(),
                List.of());
        assertThat(byVariable.text("store.password")).isEqualTo("hush");
        assertThat(byVariable.text("proxy.group")).isEqualTo("hush");
        assertThat(ConfigPrinter.effective(byValue).toString()).doesNotContain("hush");
    }

    @Test
    void load_secretFileThatIsNotThere_isAFaultWithItsName(@TempDir Path folder) {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> ConfigLoader.load(
                        null,
                        Map.of(
                                "REFRESH_STORE_PASSWORD_FILE",
                                none.toString(),
                                "REFRESH_STORE_USER",
                                "u",
                                "REFRESH_STORE_USER_FILE",
                                none.toString()),
                        List.of("engine.rpc.token=file:" + none),
                        List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("store.password: file:" + none + " (expected: a readable file in UTF-8)")
                .hasMessageContaining("engine.rpc.token: file:" + none)
                .hasMessageContaining("store.user: twice (expected: it, or REFRESH_STORE_USER_FILE)");
    }
}
