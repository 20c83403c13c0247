// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** An answer that goes on until one of the two sides ends it. Thread-safe; no method blocks or throws. */
public interface ApiStream {
    /** One that has ended. */
    ApiStream ENDED = new ApiStream() {
        @Override
        public boolean write(byte[] part) {
            return false;
        }

        @Override
        public void close() {}
    };

    /**
     * Sends a part of the body. Parts arrive in the order of the calls.
     *
     * @param part never written to afterwards
     * @return false if the stream has ended, by the peer or because it read too slowly and was cut off
     */
    boolean write(byte[] part);

    /** Ends the answer. Idempotent. */
    void close();
}
