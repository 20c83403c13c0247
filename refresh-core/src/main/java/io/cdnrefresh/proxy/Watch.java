// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

/** Looks after the disk of one cache. */
interface Watch {
    void start();

    void stop();

    /** Whether the cache holds nothing, as far as is known, that it was told to forget. Thread-safe. */
    boolean isReady();

    /** Why not; empty if it is ready. Thread-safe. */
    String reason();
}
