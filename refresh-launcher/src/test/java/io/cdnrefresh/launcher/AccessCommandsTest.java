// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ProxyToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refresh key|tenant|audit|device token} against a running engine. */
class AccessCommandsTest {
    @TempDir
    static Path folder;

    private static final Closing parts = new Closing();
    private static String engine = "";
    private static String adminKey = "";
    private static Path adminFile = Path.of("");

    /** How a command ended. */
    private record Ended(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    @BeforeAll
    static void startWithOneKey() throws IOException {
        List<String> set =
                List.of("engine.http.port=0", "engine.rpc.port=0", "engine.data=" + folder.resolve("engine"));
        NettyLoops loops = parts.add("loops", NettyLoops.create());
        EngineService service =
                parts.add("engine", EngineService.start(ConfigLoader.load(null, Map.of(), set, List.of()), loops));
        service.awaitReady();
        engine = "http://127.0.0.1:" + service.apiPort();
        Ended first = run("key", "add", "ops", "--admin", "--engine", engine);
        assertThat(first.code).as(first.err).isZero();
        adminKey = first.out.strip();
        adminFile = Files.writeString(folder.resolve("admin.key"), adminKey + "\n");
    }

    @AfterAll
    static void stop() {
        parts.close();
    }

    private static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    private static Ended as(Path keyFile, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--engine", engine, "--token-file", keyFile.toString()));
        return run(all.toArray(String[]::new));
    }

    private static Ended admin(String... arguments) {
        return as(adminFile, arguments);
    }

    private static Path kept(String name, Ended made) throws IOException {
        assertThat(made.code).as(made.err).isZero();
        assertThat(made.lines()).as("the text and nothing else").hasSize(1);
        return Files.writeString(folder.resolve(name), made.out);
    }

    private static String idOf(Path keyFile) throws IOException {
        return Files.readString(keyFile).split("_", -1)[1];
    }

    @Test
    void keys_liveAsTheCommandsSay() throws IOException {
        assertThat(admin("tenant", "add", "shop", "--host", "shop.test", "--limit", "100/s").code)
                .isZero();
        Path key = kept("shop.key", admin("key", "add", "shop-ci", "--tenant", "shop", "--kind", "url"));
        assertThat(admin("key", "list", "--tenant", "shop").out)
                .contains(idOf(key) + "  shop-ci  shop  [url]")
                .doesNotContain(Files.readString(key).strip());
        assertThat(admin("tenant", "list").out).contains("shop  [shop.test]  1 keys");
        assertThat(as(key, "list").code).isZero();
        assertThat(as(key, "key", "list").code).isEqualTo(ExitCode.REFUSED);
        Ended broad = as(key, "submit", "--type", "prefix", "--yes", "https://shop.test/a/");
        assertThat(broad.code).as(broad.err).isEqualTo(ExitCode.REFUSED);

        Path fresh = kept("fresh.key", admin("key", "rotate", idOf(key), "--grace", "1h"));
        assertThat(as(key, "list").code).isZero();
        assertThat(as(fresh, "list").code).isZero();
        Path last = kept("last.key", admin("key", "rotate", idOf(key)));
        assertThat(as(fresh, "list").code).isEqualTo(ExitCode.REFUSED);
        assertThat(admin("tenant", "remove", "shop").code).as("it has a key").isNotZero();
        assertThat(admin("key", "revoke", idOf(key)).code).isZero();
        assertThat(as(last, "list").code).isEqualTo(ExitCode.REFUSED);
        assertThat(admin("tenant", "remove", "shop").code).isZero();
        assertThat(admin("tenant", "list").out).doesNotContain("shop");
    }

    @Test
    void lastAdminKey_cannotBeRevoked() throws IOException {
        Ended refused = admin("key", "revoke", idOf(adminFile));
        assertThat(refused.code).isNotZero();
        assertThat(admin("key", "list").out).contains(idOf(adminFile));
    }

    @Test
    void withoutAKey_everythingIsRefused() throws IOException {
        Path none = Files.writeString(folder.resolve("none.key"), "rk_none_none");
        for (String command : List.of("key list", "tenant list", "audit", "stats", "devices")) {
            assertThat(as(none, command.split(" ")).code).as(command).isEqualTo(ExitCode.REFUSED);
        }
        Ended unreadable = as(folder.resolve("missing.key"), "list");
        assertThat(unreadable.code).isEqualTo(ExitCode.USAGE);
        assertThat(unreadable.err).contains("--token-file", "missing.key");
    }

    @Test
    void audit_isFiltered_andExported() throws IOException {
        assertThat(admin("tenant", "add", "audited", "--host", "audited.test").code)
                .isZero();
        Path key = kept("audited.key", admin("key", "add", "audited-ci", "--tenant", "audited"));
        assertThat(admin("audit", "--action", "tenant.put", "--tenant", "audited")
                        .lines())
                .hasSize(1)
                .first()
                .asString()
                .contains("ops", "tenant.put", "audited");
        assertThat(admin("audit", "--actor", "nobody").out).isBlank();
        assertThat(admin("audit", "--limit", "1").lines()).hasSize(1);
        Path file = folder.resolve("audit.jsonl");
        assertThat(admin("audit", "--export", file.toString()).err).contains("records in");
        String id = idOf(key);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
        assertThat(lines).anyMatch(line -> line.contains("key.add") && line.contains(id));
        assertThat(String.join("\n", lines))
                .doesNotContain(adminKey, Files.readString(key).strip());
        assertThat(admin("audit", "--export", "-").lines()).hasSizeGreaterThanOrEqualTo(lines.size());
    }

    @Test
    void deviceToken_isThatDevicesAlone() {
        String[] set = {"--set", "engine.rpc.token=s3cret", "--set", "engine.rpc.token-per-device=true"};
        Ended made = run("device", "token", "edge-1", set[0], set[1], set[2], set[3]);
        assertThat(made.code).as(made.err).isZero();
        assertThat(made.out.strip())
                .isEqualTo(ProxyToken.of("s3cret", "edge-1"))
                .isNotEqualTo("s3cret");
        Ended shared = run("device", "token", "edge-1", "--set", "engine.rpc.token=s3cret");
        assertThat(shared.code).isEqualTo(ExitCode.USAGE);
        assertThat(shared.err).contains("engine.rpc.token-per-device").doesNotContain("s3cret");
    }

    /** The whole way: a proxy with the token of another device is no device of the engine. */
    @Test
    void tokenPerDevice_engineTakesNoOther() {
        List<String> set = List.of(
                "engine.http.port=0",
                "engine.rpc.port=0",
                "engine.rpc.token=s3cret",
                "engine.rpc.token-per-device=true",
                "engine.data=" + folder.resolve("tokens"));
        Closing closing = new Closing();
        try {
            NettyLoops loops = closing.add("loops", NettyLoops.create());
            EngineService own = closing.add(
                    "engine", EngineService.start(ConfigLoader.load(null, Map.of(), set, List.of()), loops));
            own.awaitReady();
            proxy(closing, own, loops, "thief", ProxyToken.of("s3cret", "edge-1"));
            proxy(closing, own, loops, "edge-1", ProxyToken.of("s3cret", "edge-1"));
            String address = "http://127.0.0.1:" + own.apiPort();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> run("devices", "--engine", address).out.contains("edge-1"));
            assertThat(run("devices", "--engine", address).out).doesNotContain("thief");
        } finally {
            closing.close();
        }
    }

    private static void proxy(Closing closing, EngineService to, NettyLoops loops, String id, String token) {
        List<String> set = List.of(
                "proxy.http.port=0", "proxy.id=" + id, "proxy.token=" + token, "proxy.data=" + folder.resolve(id));
        closing.add(
                id,
                ProxyService.start(
                        ConfigLoader.load(null, Map.of(), set, List.of()),
                        List.of(new Config.Cache("small", "http", "http://127.0.0.1:1", "back", null)),
                        List.of("127.0.0.1:" + to.rpcPort()),
                        loops));
    }
}
