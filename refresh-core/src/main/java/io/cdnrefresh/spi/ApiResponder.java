// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** Takes the answer to one request. One of its methods is called exactly once, on any thread; never blocks. */
@FunctionalInterface
public interface ApiResponder {
    /** Sends the answer. */
    void respond(ApiResponse response);

    /**
     * Sends the head of an answer and lets its body come in parts. Not abstract: a front that cannot do so sends the head
     * as the whole answer.
     *
     * @param head its body is the first part
     */
    default ApiStream stream(ApiResponse head) {
        respond(head);
        return ApiStream.ENDED;
    }
}
