// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.spi.ApiRequest;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the engine is asked on behalf of a foreign client. Immutable. None of the client's own headers gets through: only
 * those that are put in here.
 *
 * @param headers by name in lower case
 * @param keyId the key whose signature was proven; null if none was
 */
record NativeRequest(
        String method,
        String path,
        String query,
        Map<String, String> headers,
        byte[] body,
        String remote,
        @Nullable String keyId)
        implements ApiRequest {
    @Override
    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }
}
