// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls the API of an engine that runs by itself, and waits for its answer. */
public final class ApiCall {
    private ApiCall() {}

    /** The answer to a call with a key; null = without one. */
    public static ApiResponse of(ApiEndpoint api, @Nullable String key, String method, String target, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        CompletableFuture<ApiResponse> answer = new CompletableFuture<>();
        api.onRequest(
                key == null
                        ? new RestBench.Request(method, target, bytes)
                        : new RestBench.Request(method, target, bytes, "Authorization", "Bearer " + key),
                answer::complete);
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }

    /** Calls without a key; {@code done} gets the answer on any thread. */
    public static void later(ApiEndpoint api, String method, String target, String body, Consumer<ApiResponse> done) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        api.onRequest(new RestBench.Request(method, target, bytes), done::accept);
    }

    /** Makes a key; its text. */
    public static String key(ApiEndpoint api, @Nullable String by, String body) {
        return AccessBench.member(of(api, by, "POST", "/v1/admin/keys", body), "key");
    }
}
