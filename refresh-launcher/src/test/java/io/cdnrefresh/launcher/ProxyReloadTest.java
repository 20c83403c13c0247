// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.NettyLoops;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyReloadTest {
    @TempDir
    Path folder;

    private void write(String caches) throws IOException {
        Files.writeString(
                folder.resolve("refresh.toml"),
                "[proxy]\nid = \"node-1\"\ndata = \"" + folder.resolve("data") + "\"\n[proxy.http]\nport = 0\n"
                        + caches);
    }

    private static String cache(String name) {
        return "[[proxy.cache]]\nname = \"" + name + "\"\ndriver = \"http\"\nurl = \"http://127.0.0.1:9\"\n";
    }

    private Config load() {
        return ConfigLoader.load(folder.resolve("refresh.toml"), Map.of(), List.of(), List.of());
    }

    private static HttpResponse<String> post(ProxyService proxy) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + proxy.httpAddress() + "/v1/proxy/reload"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void reload_cachesChanged_worksWithThemAndFaultyOnesChangeNothing() throws Exception {
        write(cache("one"));
        Config config = load();
        try (NettyLoops loops = NettyLoops.create();
                ProxyService proxy =
                        ProxyService.start(config, config.caches(), config.list("proxy.engines"), loops, this::load)) {
            write("[proxy.preload]\nper-host = 9\n" + cache("one") + cache("two"));
            assertThat(post(proxy).body())
                    .isEqualTo("{\"caches\":[\"one\",\"two\"],\"needsRestart\":[\"proxy.preload.per-host\"]}");
            write(cache("one") + "driver = 7\n");
            assertThat(post(proxy).statusCode()).isEqualTo(422);
            write("");
            assertThat(post(proxy).statusCode()).isEqualTo(422);
            write(cache("two"));
            assertThat(post(proxy).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void reload_withoutASource_isRefused() throws Exception {
        write(cache("one"));
        Config config = load();
        try (NettyLoops loops = NettyLoops.create();
                ProxyService proxy = ProxyService.start(config, config.caches(), config.list("proxy.engines"), loops)) {
            assertThat(post(proxy).statusCode()).isEqualTo(409);
        }
    }
}
