// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiRequest;
import org.jspecify.annotations.Nullable;

/** A request without a body that outlives its answer, with the one header by which it is known. Immutable. */
record KeptRequest(
        String method,
        String path,
        String query,
        @Nullable String authorization,
        String remote,
        @Nullable String keyId) implements ApiRequest {
    static KeptRequest of(ApiRequest request) {
        return new KeptRequest(
                request.method(),
                request.path(),
                request.query(),
                request.header("Authorization"),
                request.remote(),
                request.keyId());
    }

    @Override
    public @Nullable String header(String name) {
        return name.equalsIgnoreCase("Authorization") ? authorization : null;
    }

    @Override
    public byte[] body() {
        return new byte[0];
    }
}
