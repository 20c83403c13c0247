// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** Which tasks of a tenant go first. */
public enum Priority {
    /** Before the tenant's other tasks. */
    URGENT,
    /** In order of acceptance. */
    NORMAL,
    /** After everything else of the tenant. */
    BULK;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static Priority parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
