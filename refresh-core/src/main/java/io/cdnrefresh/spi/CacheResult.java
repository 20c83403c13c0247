// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Duration;
import java.time.Instant;

/** What a cache server made of a purge. */
public sealed interface CacheResult {
    /**
     * The server confirms that no copy is left at this moment.
     *
     * @param appliedAt the node's clock when the server answered
     * @param wasPresent false only if the server says that it held none
     * @param fence how long a fetch that was under way may still bring an old copy back; zero only where the driver
     *     proves that there was none
     */
    record Gone(Instant appliedAt, boolean wasPresent, Duration fence) implements CacheResult {}

    /**
     * The server refuses: a configuration fault. Not repeated.
     *
     * @param reason for people, such as {@code 405 to PURGE}
     */
    record Denied(String reason) implements CacheResult {}

    /**
     * The server can never do this.
     *
     * @param reason for people
     */
    record Unsupported(String reason) implements CacheResult {}

    /**
     * No answer, or one that says nothing: worth another try.
     *
     * @param reason for people, such as {@code connection refused}
     * @param sign what it says about the server's life
     */
    record Failed(String reason, Sign sign) implements CacheResult {
        /** A failure that says nothing about the server's life. */
        public Failed(String reason) {
            this(reason, Sign.NONE);
        }
    }

    /** What a failure says about the server's life: one that cuts a request and is away then has died with it. */
    enum Sign {
        /** Nothing. */
        NONE,
        /** It ended the connection after it had the request. */
        CUT,
        /** Nobody takes connections. */
        AWAY
    }
}
