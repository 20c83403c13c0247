// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.List;

/**
 * An answer of the API. Immutable: {@code body} is never written to after construction.
 *
 * @param status HTTP status
 * @param contentType media type; empty = no body
 * @param headers further headers, name and value by turns
 * @param body the bytes
 */
public record ApiResponse(int status, String contentType, List<String> headers, byte[] body) {
    /** Copies the headers. */
    public ApiResponse {
        headers = List.copyOf(headers);
    }
}
