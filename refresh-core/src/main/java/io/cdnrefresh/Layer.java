// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

/** Where a cache stands on its node. */
public enum Layer {
    /** Other caches of the node ask it: purged first. */
    BACK,
    /** Clients ask it: purged after the back ones, and preloads go through it. */
    FRONT
}
