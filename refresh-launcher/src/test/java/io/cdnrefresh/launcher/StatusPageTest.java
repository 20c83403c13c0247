// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is served at the front of the API, byte by byte. */
class StatusPageTest {
    private static final ApiResponse OF_THE_API = new ApiResponse(204, "", List.of(), new byte[0]);
    private static final Path FOLDER = Path.of("src/main/resources/io/cdnrefresh/launcher/page");

    private final StatusPage page = new StatusPage((request, responder) -> responder.respond(OF_THE_API));

    private record Request(String method, String path, Map<String, String> headers) implements ApiRequest {
        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return headers.get(name);
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }

        @Override
        public String remote() {
            return "test";
        }
    }

    private ApiResponse ask(String method, String path, Map<String, String> headers) {
        List<ApiResponse> answers = new ArrayList<>();
        page.onRequest(new Request(method, path, headers), answers::add);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private static String header(ApiResponse answer, String name) {
        int at = answer.headers().indexOf(name);
        return at < 0 ? "" : answer.headers().get(at + 1);
    }

    @Test
    void page_everyPart_isThereWithItsTypeAndAPolicyThatAllowsNothingElse() throws IOException {
        List<String> served = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                ApiResponse answer = ask("GET", name.equals("index.html") ? "/" : "/page/" + name, Map.of());
                assertThat(answer.status()).as(name).isEqualTo(200);
                assertThat(answer.body()).as(name).isEqualTo(Files.readAllBytes(file));
                assertThat(header(answer, "Content-Security-Policy"))
                        .contains("default-src 'none'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe", "http", "*");
                assertThat(answer.contentType()).isNotEqualTo("application/octet-stream");
                served.add(name);
            }
        }
        assertThat(served).contains("index.html", "app.js", "page.css");
    }

    @Test
    void page_whatItNames_isServedHere() throws IOException {
        Pattern named = Pattern.compile("(?:src|href)=\"(/[^\"]*)\"|from \"\\./([^\"]+)\"");
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                Matcher found = named.matcher(Files.readString(file, StandardCharsets.UTF_8));
                while (found.find()) {
                    String path = found.group(1) == null ? "/page/" + found.group(2) : found.group(1);
                    boolean isOfTheApi = path.startsWith("/v1/") || path.equals("/openapi.json");
                    assertThat(ask("GET", path, Map.of()).status())
                            .as("%s in %s", path, file)
                            .isEqualTo(isOfTheApi ? 204 : 200);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip|true",
                "deflate, gzip|true",
                "br, GZIP|true",
                "gzip;q=0.5, br|true",
                "gzip;q=0|false",
                "gzip;q=0.0, br|false",
                "identity|false",
                "x-gzipped|false"
            })
    void page_browserTakesGzip_getsItCompressed(String takes, boolean isGzip) throws IOException {
        ApiResponse answer = ask("GET", "/", Map.of("Accept-Encoding", takes));

        assertThat(header(answer, "Vary")).isEqualTo("Accept-Encoding");
        assertThat(header(answer, "Content-Encoding")).isEqualTo(isGzip ? "gzip" : "");
        byte[] body =
                isGzip ? new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes() : answer.body();
        assertThat(body).isEqualTo(Files.readAllBytes(FOLDER.resolve("index.html")));
    }

    @Test
    void page_seenBefore_is304WithoutBody() {
        String tag = header(ask("GET", "/page/app.js", Map.of()), "ETag");
        ApiResponse again = ask("GET", "/page/app.js", Map.of("If-None-Match", "W/\"x\", " + tag));

        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(ask("GET", "/page/app.js", Map.of("If-None-Match", "\"other\""))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"GET,/v1/engine/stats", "POST,/", "PURGE,/", "GET,/page/", "GET,/page/../page.css", "GET,/page/none.js"
    })
    void otherRequests_goOnToTheApi(String method, String path) {
        assertThat(ask(method, path, Map.of())).isSameAs(OF_THE_API);
    }
}
