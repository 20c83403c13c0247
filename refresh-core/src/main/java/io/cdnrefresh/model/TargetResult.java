// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * The outcome of one target on one device, where it differs from the device's common outcome. Immutable.
 *
 * @param target index into the task's targets, from 0
 * @param outcome what became of it
 * @param reason why, for people; empty when there is nothing to say; at most {@value #MAX_REASON} characters are kept
 */
public record TargetResult(int target, Outcome outcome, String reason) {
    /** The longest reason that is kept, in characters. */
    public static final int MAX_REASON = 200;

    /** Rejects a negative index and cuts a long reason. */
    public TargetResult {
        if (target < 0) {
            throw new IllegalArgumentException("target: " + target + " (expected: 0 or more)");
        }
        if (reason.length() > MAX_REASON) {
            reason = reason.substring(0, MAX_REASON);
        }
    }
}
