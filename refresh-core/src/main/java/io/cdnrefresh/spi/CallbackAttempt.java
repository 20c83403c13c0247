// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/**
 * One try to deliver a webhook. Immutable.
 *
 * @param at when it began
 * @param status what the receiver answered, 0 = nothing
 * @param millis how long it took
 * @param error why it counts as failed, at most 200 characters without line breaks; empty = it was taken
 */
public record CallbackAttempt(Instant at, int status, long millis, String error) {
    private static final int MAX_ERROR = 200;

    /** Cuts the error, and makes one line of it. */
    public CallbackAttempt {
        String line = error.replaceAll("\\p{Cntrl}", " ");
        error = line.length() <= MAX_ERROR ? line : line.substring(0, MAX_ERROR);
    }
}
