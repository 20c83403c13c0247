// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** The worker threads of an engine whose number may change while it runs. Lanes and savers keep theirs. */
public enum EnginePool {
    /** Call completion listeners. */
    NOTIFIER,
    /** Wait for the store's answers. */
    QUERIES,
    /** Call what timers were armed for. */
    TIMER_CALLBACKS
}
