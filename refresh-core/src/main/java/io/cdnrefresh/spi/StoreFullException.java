// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/**
 * The store takes no new tasks, since what room is left is kept for those under way. Nothing was attempted; updates go on.
 */
public final class StoreFullException extends StoreException {
    private static final long serialVersionUID = 1;

    /** Creates a failure that goes away with more room. */
    public StoreFullException(String message) {
        super(Category.RETRYABLE, message, null);
    }
}
