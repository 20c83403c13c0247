// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** A target that cannot be accepted. The message holds neither the value nor internal names. */
public final class InvalidTargetException extends IllegalArgumentException {
    private final String code;
    private final String allowed;

    InvalidTargetException(String code, String allowed) {
        super(code + " (expected: " + allowed + ")");
        this.code = code;
        this.allowed = allowed;
    }

    /** A stable word for the fault, such as {@code user-info}. */
    public String code() {
        return code;
    }

    /** What would have been accepted, for people. */
    public String allowed() {
        return allowed;
    }
}
