// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** The queues of engine and proxy. A purge never waits in the queue of a preload. */
public enum QueueKind {
    /** Purges of exact URLs. */
    URL,
    /** Prefix, regex, tag, host and all. */
    BROAD,
    /** Preloads. */
    PRELOAD
}
