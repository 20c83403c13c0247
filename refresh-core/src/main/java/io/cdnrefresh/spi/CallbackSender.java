// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.List;
import java.util.function.Consumer;

/**
 * Posts webhooks. Thread-safe; never blocks. It is the sender's business to refuse addresses that a tenant must not reach
 * by checking the very address that is connected to, to follow no redirect, and to bound time and bytes of the answer.
 */
@FunctionalInterface
public interface CallbackSender {
    /**
     * Posts a body.
     *
     * @param done told exactly once, on any thread; must not block
     */
    void send(Request request, Consumer<Reply> done);

    /**
     * What is posted. {@code body} is never written to.
     *
     * @param url an http or https URL
     * @param headers name and value by turns
     * @param body JSON
     */
    record Request(String url, List<String> headers, byte[] body) {
        /** Copies the list. */
        public Request {
            headers = List.copyOf(headers);
        }

        /** Names nothing: URL, signatures and body may be confidential. */
        @Override
        public String toString() {
            return "Request[" + body.length + " bytes]";
        }
    }

    /**
     * What became of it.
     *
     * @param status of the answer, 0 = there was none
     * @param error why there was none; empty if there was one
     * @param retryAfterSeconds how long the receiver wants to be left alone; 0 = it does not say
     */
    record Reply(int status, String error, long retryAfterSeconds) {}
}
