// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.RefreshException;
import org.jspecify.annotations.Nullable;

/** The coordinator did not answer, or refused. */
public final class CoordinationException extends RefreshException {
    /** Creates a failure. */
    public CoordinationException(Category category, String message, @Nullable Throwable cause) {
        super(category, message, cause);
    }
}
