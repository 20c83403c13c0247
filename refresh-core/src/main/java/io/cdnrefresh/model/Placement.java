// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** Which nodes of a pod, whose caches share the objects between them, fetch what is preloaded. */
public enum Placement {
    /** One node for each object, the same one every time. */
    POD,
    /** Every node. */
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
    public static Placement parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
