// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** A newer leader's token is in the store: what the caller wanted to write as leader was refused. */
public final class DeposedException extends StoreException {
    /** Creates the refusal. */
    public DeposedException(Leadership caller, long current) {
        super(
                Category.PERMANENT,
                "leader " + caller.engine() + " with token " + caller.token() + " is deposed: the store is at token "
                        + current,
                null);
    }
}
