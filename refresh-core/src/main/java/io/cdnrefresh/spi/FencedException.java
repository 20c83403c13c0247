// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;

/** The engine's epoch in the store is newer than the caller's: another life of this engine has taken over. */
public final class FencedException extends StoreException {
    /** Creates the refusal. */
    public FencedException(EngineEpoch caller, long current) {
        super(Category.FATAL, "engine " + caller + " is fenced: the store is at epoch " + current, null);
    }
}
