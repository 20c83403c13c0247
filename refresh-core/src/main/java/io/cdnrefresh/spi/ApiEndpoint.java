// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/**
 * The API without HTTP: implemented by the engine, called by any HTTP front and by every client dialect.
 *
 * <p>Thread-safe; never blocks; never throws. Requests of one caller are taken in the order of the calls. HEAD is
 * answered as GET is: the front sends the length of the body and not the body. An answer with {@code Connection: close}
 * asks the front to close the connection after it.
 */
@FunctionalInterface
public interface ApiEndpoint {
    /** Works on a request and answers it later, exactly once. */
    void onRequest(ApiRequest request, ApiResponder responder);
}
