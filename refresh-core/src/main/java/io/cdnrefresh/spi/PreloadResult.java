// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** What became of a fetch through a cache. */
public sealed interface PreloadResult {
    /**
     * The object is complete and the cache was allowed to keep it.
     *
     * @param status HTTP status, 200 to 299
     * @param bytes length of the body
     * @param head its first bytes, as many as were asked for; never written to
     */
    record Loaded(int status, long bytes, byte[] head) implements PreloadResult {
        /** An object of whose body nothing was asked for. */
        public Loaded(int status, long bytes) {
            this(status, bytes, new byte[0]);
        }
    }

    /**
     * The answer leads to another place.
     *
     * @param status 301, 302, 303, 307 or 308
     * @param location as the server said it
     */
    record Redirected(int status, String location) implements PreloadResult {}

    /**
     * The origin's answer is no object to keep: not repeated.
     *
     * @param reason for people, such as {@code status 404}
     */
    record Rejected(String reason) implements PreloadResult {}

    /**
     * No or no complete answer: worth another try.
     *
     * @param reason for people
     */
    record Failed(String reason) implements PreloadResult {}
}
