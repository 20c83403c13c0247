// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import java.util.List;

/** A part that an engine is given, such as a store, and whose locks the engine's ledger may trace. */
public interface LockOwner {
    /** All locks of this part; always the same ones. */
    List<TracedLock> locks();
}
