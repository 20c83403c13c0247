// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The description of the API, OpenAPI 3.1. Stateless. */
final class ApiDocument {
    private ApiDocument() {}

    static void addTo(Router router) {
        ApiResponse document = new ApiResponse(200, Replies.JSON, Replies.NO_STORE, text());
        router.add("GET", "/openapi.json", List.of(), call -> call.responder().respond(document));
    }

    private static byte[] text() {
        try (InputStream in = ApiDocument.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("openapi.json is not in this jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
