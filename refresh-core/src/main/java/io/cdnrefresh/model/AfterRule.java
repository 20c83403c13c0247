// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** What a task that waits for another asks of it. */
public enum AfterRule {
    /** The other one ended as {@link TaskState#DONE}. */
    DONE,
    /** The other one reached any final state. */
    FINAL;

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static AfterRule parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
