// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** What a preload does with a redirect. */
public enum RedirectRule {
    /** The preload has failed: the origin's answer is no object. */
    REJECT,
    /** Fetches where it leads, through the cache, up to five times; the host must be the target's or an allowed one. */
    FOLLOW;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static RedirectRule parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
