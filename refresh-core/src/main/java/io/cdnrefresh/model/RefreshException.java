// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import org.jspecify.annotations.Nullable;

/** A failure of a part that the engine or the proxy stands on. Its category says what the caller can do. */
public class RefreshException extends RuntimeException {
    /** What the caller can do about a failure. */
    public enum Category {
        /** Trying again later may succeed. */
        RETRYABLE,
        /** The same call will always fail. */
        PERMANENT,
        /** The part is unusable; stop. */
        FATAL
    }

    private final Category category;

    /** Creates a failure without a cause. */
    public RefreshException(Category category, String message) {
        this(category, message, null);
    }

    /** Creates a failure with its cause. */
    public RefreshException(Category category, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
    }

    /** What the caller can do. */
    public Category category() {
        return category;
    }
}
