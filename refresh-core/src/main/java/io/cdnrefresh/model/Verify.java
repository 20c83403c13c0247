// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** How much of a refresh is proven by a probe. */
public enum Verify {
    /** The cache's own word is enough. */
    NONE,
    /** Some targets of each command are probed. */
    SAMPLE,
    /** Every target is probed. */
    ALL;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static Verify parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
