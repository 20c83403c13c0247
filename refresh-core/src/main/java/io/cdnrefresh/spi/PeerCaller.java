// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Passes calls of the API on to another engine. Thread-safe; never blocks. */
@FunctionalInterface
public interface PeerCaller {
    /** The header of a call that was passed on once; it is not passed on again. */
    String RELAYED = "Refresh-Relayed";

    /** The header by which an engine proves for whom it passes a call on; passed on as the request says. */
    String PEER = "Refresh-Peer";

    /**
     * Makes the same call of another engine, with {@link #RELAYED}.
     *
     * @param address {@code host:port} of its API
     * @param request the call as it came
     * @param query the query string in its place
     * @param timeout for the whole answer
     * @param done called exactly once, on any thread, with the answer; empty if there was none
     */
    void call(String address, ApiRequest request, String query, Duration timeout, Consumer<Optional<ApiResponse>> done);
}
