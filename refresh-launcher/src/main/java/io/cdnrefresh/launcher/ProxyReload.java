// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiResponse;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/proxy/reload}: reads the configuration again and works with its caches from then on. A faulty one changes
 * nothing. Thread-safe; one at a time, on a thread of its own.
 */
final class ProxyReload {
    private static final Logger logger = LoggerFactory.getLogger(ProxyReload.class);
    private static final String PATH = "/v1/proxy/reload";

    private final @Nullable Supplier<Config> source;
    private final Consumer<List<Config.Cache>> change;
    private Config config;

    ProxyReload(Config config, @Nullable Supplier<Config> source, Consumer<List<Config.Cache>> change) {
        this.config = config;
        this.source = source;
        this.change = change;
    }

    /** Answers the one path and passes all others on. */
    ApiEndpoint before(ApiEndpoint rest) {
        return (request, responder) -> {
            if (!request.path().equals(PATH)) {
                rest.onRequest(request, responder);
            } else if (!request.method().equals("POST")) {
                responder.respond(answer(405, "Method Not Allowed", "POST", List.of("Allow", "POST")));
            } else {
                Thread thread = new Thread(() -> responder.respond(reload()), "proxy-reload");
                thread.setDaemon(true);
                thread.start();
            }
        };
    }

    private synchronized ApiResponse reload() {
        Supplier<Config> again = source;
        if (again == null) {
            return answer(409, "Conflict", "this proxy was started without a configuration of its own", List.of());
        }
        try {
            Config next = again.get();
            if (next.caches().isEmpty()) {
                return answer(422, "Unprocessable Content", "proxy.cache: none (expected: at least one)", List.of());
            }
            change.accept(next.caches());
            TreeSet<String> restart = new TreeSet<>();
            next.values().forEach((key, value) -> {
                if (!Objects.equals(config.values().get(key), value)) {
                    restart.add(key);
                }
            });
            config = new Config(config.values(), next.caches(), config.origins());
            logger.info("reloaded caches={} needsRestart={}", next.caches().size(), restart);
            JsonWriter json = new JsonWriter(256).beginObject().field("caches").beginArray();
            next.caches().forEach(cache -> json.value(cache.name()));
            json.endArray().field("needsRestart").beginArray();
            restart.forEach(json::value);
            return new ApiResponse(
                    200,
                    "application/json",
                    List.of(),
                    json.endArray().endObject().toArray());
        } catch (ConfigException | IllegalArgumentException refused) {
            logger.warn("not reloaded, all stays as it was", refused);
            return answer(422, "Unprocessable Content", String.valueOf(refused.getMessage()), List.of());
        }
    }

    private static ApiResponse answer(int status, String title, String detail, List<String> headers) {
        JsonWriter json = new JsonWriter(128).beginObject().field("title").value(title);
        json.field("status").value(status).field("detail").value(detail);
        return new ApiResponse(
                status, "application/problem+json", headers, json.endObject().toArray());
    }
}
