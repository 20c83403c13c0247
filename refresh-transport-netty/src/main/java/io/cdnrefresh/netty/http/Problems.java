// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cdnrefresh.spi.ApiResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;

/** The errors that are answered here, before the endpoint sees anything: RFC 9457. Stateless. */
final class Problems {
    private Problems() {}

    /** A problem without further headers; {@code detail} needs no escaping in JSON. */
    static ApiResponse of(int status, String detail) {
        return of(status, detail, List.of());
    }

    static ApiResponse of(int status, String detail, List<String> headers) {
        assert detail.indexOf('"') < 0 && detail.indexOf('\\') < 0;
        String title = HttpResponseStatus.valueOf(status).reasonPhrase();
        String body = "{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status + ",\"detail\":\""
                + detail + "\"}";
        return new ApiResponse(status, "application/problem+json", headers, body.getBytes(UTF_8));
    }
}
