// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;

/** The language of one kind of client. Thread-safe; never blocks. */
interface Dialect {
    /** Whether a request is in this language, be it right or wrong. */
    boolean speaks(ApiRequest request);

    /**
     * Works on a request; the exchange is answered once.
     *
     * @throws Refusal if it cannot be carried out
     */
    void onRequest(Exchange exchange);

    /** A refusal in the client's own form. */
    ApiResponse refused(ApiRequest request, Refusal refusal);
}
