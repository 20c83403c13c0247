// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The status page in front of the API: {@code GET /} and its parts below {@code /page/}; everything else goes on. The parts
 * are read and compressed once. The page asks the API for its figures, with the rights of whoever looks at it.
 *
 * <p>Thread-safe; never blocks.
 */
final class StatusPage implements ApiEndpoint {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final List<String> PARTS = List.of(
            "index.html",
            "page.css",
            "icon.svg",
            "theme.js",
            "app.js",
            "api.js",
            "charts.js",
            "devices.js",
            "dom.js",
            "format.js",
            "overview.js",
            "submit.js",
            "task.js",
            "tasks.js",
            "vlist.js");

    /** Nothing from elsewhere, nothing inline, in nobody's frame. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final ApiEndpoint next;
    private final Map<String, Part> parts = new HashMap<>();

    /** {@code next}: the API. */
    StatusPage(ApiEndpoint next) {
        this.next = next;
        for (String name : PARTS) {
            parts.put(name.equals("index.html") ? "/" : "/page/" + name, Part.of(name));
        }
    }

    /** One file as it is answered: plain, compressed, and when the browser has it already. */
    private record Part(String tag, ApiResponse plain, ApiResponse compressed, ApiResponse unchanged) {
        static Part of(String name) {
            byte[] bytes = read(name);
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            String tag = '"' + digest(bytes) + '"';
            byte[] gzip = gzip(bytes);
            return new Part(
                    tag,
                    new ApiResponse(200, type, headers(tag), bytes),
                    new ApiResponse(200, type, headers(tag, "Content-Encoding", "gzip"), gzip),
                    new ApiResponse(304, "", headers(tag), new byte[0]));
        }

        private static List<String> headers(String tag, String... more) {
            List<String> headers = new ArrayList<>(List.of(
                    "ETag", tag,
                    "Cache-Control", "no-cache",
                    "Vary", "Accept-Encoding",
                    "Content-Security-Policy", POLICY,
                    "X-Content-Type-Options", "nosniff",
                    "Referrer-Policy", "no-referrer"));
            headers.addAll(List.of(more));
            return headers;
        }
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        Part part = isRead(request) ? parts.get(request.path()) : null;
        if (part == null) {
            next.onRequest(request, responder);
            return;
        }
        String seen = request.header("If-None-Match");
        String takes = request.header("Accept-Encoding");
        if (seen != null && seen.contains(part.tag)) {
            responder.respond(part.unchanged);
        } else {
            boolean isGzip = takes != null
                    && takes.toLowerCase(Locale.ROOT).matches(".*\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*");
            responder.respond(isGzip ? part.compressed : part.plain);
        }
    }

    private static boolean isRead(ApiRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private static byte[] read(String name) {
        try (InputStream in = StatusPage.class.getResourceAsStream("page/" + name)) {
            if (in == null) {
                throw new IllegalStateException("page/" + name + " is not in this jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 12);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
