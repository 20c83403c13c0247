// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/** What a probe saw. */
public sealed interface ProbeResult {
    /** No copy would be served. */
    record Absent() implements ProbeResult {
        /** The only one that is ever needed. */
        public static final Absent ONE = new Absent();
    }

    /**
     * A copy would be served.
     *
     * @param storedAt the node's clock when it was stored, as exact as the server tells; the driver rounds down, never
     *     up: a copy must not look newer than it is
     */
    record Present(Instant storedAt) implements ProbeResult {}

    /**
     * This server cannot be asked.
     *
     * @param reason for people
     */
    record Unknown(String reason) implements ProbeResult {}

    /**
     * No answer: worth another try.
     *
     * @param reason for people
     */
    record Failed(String reason) implements ProbeResult {}
}
