// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener of the diagnostics: every page, and who may see them. */
class AdminTest {
    private static NettyLoops loops;

    @TempDir
    Path folder;

    private @Nullable AdminServer server;

    @BeforeAll
    static void open() {
        loops = NettyLoops.create();
    }

    @AfterAll
    static void close() {
        loops.close();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private void start(String... settings) {
        List<String> all = new ArrayList<>(List.of("admin.port=0", "admin.dump-folder=" + folder.resolve("dumps")));
        all.addAll(List.of(settings));
        Config config = ConfigLoader.load(null, Map.of(), all, List.of());
        server = AdminServer.open(
                config,
                "admin",
                loops,
                new AdminPages.Inside(
                        () -> config,
                        () -> List.of(Metric.of("refresh_x", Metric.Kind.GAUGE, "X.")
                                .add(4.5, "group", "eu")
                                .build()),
                        () -> List.of("engine held by lane-0"),
                        () -> List.of("saver_queue 3 1024")));
    }

    private String address() {
        return requireNonNull(server).address();
    }

    /** Head and body, exactly as they come. */
    private String ask(String method, String path, String... headers) throws IOException {
        String[] place = address().split(":", 2);
        try (Socket socket = new Socket(InetAddress.getByName(place[0]), Integer.parseInt(place[1]))) {
            StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n");
            boolean hasHost = Stream.of(headers).anyMatch(header -> header.startsWith("Host:"));
            request.append(hasHost ? "" : "Host: localhost\r\n");
            for (String header : headers) {
                request.append(header).append("\r\n");
            }
            request.append("Content-Length: 0\r\n\r\n");
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private String get(String path) throws IOException {
        String answer = ask("GET", path);
        assertThat(answer).startsWith("HTTP/1.1 200");
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void pages_all_tellWhatTheyAreFor() throws IOException {
        start();
        assertThat(get("/debug/threads")).contains("\"main\"", "at io.cdnrefresh.launcher.AdminTest", "no deadlock");
        assertThat(get("/debug/histogram?limit=5")).contains("[B", "Total").hasLineCount(8);
        assertThat(get("/debug/locks")).contains("no deadlock", "engine held by lane-0");
        assertThat(get("/debug/memory")).contains("heap", "buffers direct", "saver_queue 3 1024");
        assertThat(get("/debug/vars"))
                .contains(
                        "\"refresh_x{group=eu}\":4.5",
                        "\"pid\":" + ProcessHandle.current().pid());
        assertThat(get("/debug/config")).contains("admin.port = 0  # --set", "engine.http.port = 9181  # default");
        assertThat(get("/debug/loglevel")).startsWith("{");
    }

    @Test
    void index_forPeopleAndTools_namesEveryPage() throws IOException {
        start();
        assertThat(get("/debug"))
                .contains("GET  /debug/threads", "POST /debug/gc")
                .doesNotContain("<table>");
        assertThat(ask("GET", "/", "Accept: text/html"))
                .contains("text/html", "<a href='/debug/threads'>/debug/threads</a>");
        assertThat(ask("GET", "/debug/other")).startsWith("HTTP/1.1 404");
        assertThat(ask("POST", "/debug/threads")).startsWith("HTTP/1.1 405");
    }

    @Test
    void config_secrets_areMasked() throws IOException {
        start("engine.rpc.token=hush", "store.url=jdbc:mysql://u:hush@db/x");
        assertThat(get("/debug/config")).contains("engine.rpc.token = ****").doesNotContain("hush");
    }

    @Test
    void profile_aSecond_isARecording() throws IOException {
        start();
        assertThat(get("/debug/profile?seconds=1")).startsWith("FLR\0");
        assertThat(ask("GET", "/debug/profile?seconds=0"))
                .startsWith("HTTP/1.1 400")
                .contains("1..300");
    }

    @Test
    void gc_post_saysWhatCameOfIt() throws IOException {
        start();
        assertThat(ask("POST", "/debug/gc")).contains("heap used ");
        assertThat(ask("GET", "/debug/gc")).startsWith("HTTP/1.1 405");
    }

    @Test
    void loglevel_put_changesAndUndoes() throws IOException {
        start();
        assertThat(ask("PUT", "/debug/loglevel?logger=io.cdnrefresh.nowhere&level=debug"))
                .contains("\"io.cdnrefresh.nowhere\":\"debug\"");
        assertThat(ask("PUT", "/debug/loglevel?logger=io.cdnrefresh.nowhere&level=inherit"))
                .doesNotContain("io.cdnrefresh.nowhere");
        assertThat(ask("PUT", "/debug/loglevel?level=loud"))
                .startsWith("HTTP/1.1 400")
                .contains("trace | debug");
        assertThat(ask("PUT", "/debug/loglevel?level=inherit")).startsWith("HTTP/1.1 400");
    }

    @Test
    void dump_onlyWhereAllowed_writesAFile() throws IOException {
        start();
        assertThat(ask("POST", "/debug/dump")).startsWith("HTTP/1.1 403").contains("admin.heap-dump");
        stop();
        start("admin.heap-dump=true");
        assertThat(ask("POST", "/debug/dump")).startsWith("HTTP/1.1 200").contains(".hprof");
        try (Stream<Path> dumps = Files.list(folder.resolve("dumps"))) {
            assertThat(dumps)
                    .singleElement()
                    .satisfies(dump -> assertThat(Files.size(dump)).isPositive());
        }
    }

    @Test
    void webPages_ofOtherOrigins_areRefused() throws IOException {
        start();
        assertThat(ask("GET", "/debug", "Origin: http://evil.example")).startsWith("HTTP/1.1 403");
        assertThat(ask("GET", "/debug", "Sec-Fetch-Site: cross-site")).startsWith("HTTP/1.1 403");
        assertThat(ask("GET", "/debug", "Host: evil.example")).startsWith("HTTP/1.1 403");
        assertThat(ask("GET", "/debug", "Host: 127.0.0.1:9184")).startsWith("HTTP/1.1 200");
        assertThat(ask("GET", "/debug", "Sec-Fetch-Site: none")).startsWith("HTTP/1.1 200");
    }

    @Test
    void token_whenThereIsOne_isNeeded() throws IOException {
        start("admin.token=open-sesame");
        assertThat(ask("GET", "/debug")).startsWith("HTTP/1.1 401");
        assertThat(ask("GET", "/debug/config", "Authorization: Bearer nonsense"))
                .startsWith("HTTP/1.1 401");
        assertThat(ask("GET", "/debug", "Authorization: Bearer open-sesame")).startsWith("HTTP/1.1 200");
    }

    @Test
    void port_thatIsTaken_stopsTheStartOnlyIfItWasNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Config named = ConfigLoader.load(null, Map.of(), List.of("admin.port=" + taken.getLocalPort()), List.of());
            AdminPages.Inside nothing = new AdminPages.Inside(() -> named, List::of, List::of, List::of);
            assertThatThrownBy(() -> AdminServer.open(named, "admin", loops, nothing))
                    .isInstanceOf(RefreshException.class);
            Config byDefault = new Config(named.values(), List.of(), Map.of());
            assertThat(AdminServer.open(byDefault, "admin", loops, nothing)).isNull();
        }
    }

    @Test
    void command_page_isPrinted() throws IOException {
        start();
        StringWriter out = new StringWriter();
        int code = Main.run(
                new PrintWriter(out), new PrintWriter(out), "debug", "locks", "--admin", "http://" + address());
        assertThat(code).as(out.toString()).isZero();
        assertThat(out.toString()).contains("engine held by lane-0");
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(out), "debug", "profile"))
                .isEqualTo(ExitCode.USAGE);
    }
}
