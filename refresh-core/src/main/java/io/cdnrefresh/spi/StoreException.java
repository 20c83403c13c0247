// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.RefreshException;
import org.jspecify.annotations.Nullable;

/** The store did not do what it was asked; nothing of the call is in the store. */
public class StoreException extends RefreshException {
    /** Creates a failure. PERMANENT means: these rows will never go in; RETRYABLE: the same call may succeed later. */
    public StoreException(Category category, String message, @Nullable Throwable cause) {
        super(category, message, cause);
    }
}
