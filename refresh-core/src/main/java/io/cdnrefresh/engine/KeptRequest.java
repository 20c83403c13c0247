// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiRequest;
import org.jspecify.annotations.Nullable;

/** A request without a body that outlives its answer, with the headers by which its caller is known. Immutable. */
record KeptRequest(
        String method,
        String path,
        String query,
        @Nullable String authorization,
        @Nullable String cookie,
        String remote,
        @Nullable String keyId)
        implements ApiRequest {
    static KeptRequest of(ApiRequest request) {
        return new KeptRequest(
                request.method(),
                request.path(),
                request.query(),
                request.header("Authorization"),
                request.header("Cookie"),
                request.remote(),
                request.keyId());
    }

    @Override
    public @Nullable String header(String name) {
        if (name.equalsIgnoreCase("Authorization")) {
            return authorization;
        }
        return name.equalsIgnoreCase("Cookie") ? cookie : null;
    }

    @Override
    public byte[] body() {
        return new byte[0];
    }

    /** Without what its caller is known by. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
