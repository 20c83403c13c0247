// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** How the query string of a URL target counts. */
public enum QueryRule {
    /** Only the query string as given. */
    EXACT,
    /** Every query string of the path. */
    IGNORE;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static QueryRule parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
