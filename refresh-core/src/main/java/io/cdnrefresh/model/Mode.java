// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** How hard a refresh removes. */
public enum Mode {
    /** The copy is gone: the next request is a miss. */
    HARD,
    /** The copy is stale: it is revalidated, and may be served when the origin fails. */
    SOFT;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static Mode parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
