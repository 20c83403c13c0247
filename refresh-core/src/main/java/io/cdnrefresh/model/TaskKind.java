// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** What a task asks for. */
public enum TaskKind {
    /** Purge of exact URLs. */
    URL(QueueKind.URL),
    /** Purge of everything below a directory. */
    PREFIX(QueueKind.BROAD),
    /** Purge of the paths of a host that match a pattern. */
    REGEX(QueueKind.BROAD),
    /** Purge of the objects that carry a tag. */
    TAG(QueueKind.BROAD),
    /** Purge of a whole host. */
    HOST(QueueKind.BROAD),
    /** Purge of every host of the tenant. */
    ALL(QueueKind.BROAD),
    /** Fetch of URLs into the caches. */
    PRELOAD(QueueKind.PRELOAD);

    private final QueueKind queue;

    TaskKind(QueueKind queue) {
        this.queue = queue;
    }

    /** The queue that this kind waits in, on engine and proxy. */
    public QueueKind queue() {
        return queue;
    }

    /** Whether the kind removes content; the one that does not is {@link #PRELOAD}. */
    public boolean isRefresh() {
        return this != PRELOAD;
    }

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static TaskKind parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
