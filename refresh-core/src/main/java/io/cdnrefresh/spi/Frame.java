// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/**
 * Commands as a transport has encoded them; only the transport that made a frame looks inside. Reference-counted: it
 * starts at 1, and whoever keeps it beyond a call retains and later releases it. Thread-safe.
 */
public interface Frame {
    /** Adds a reference. */
    void retain();

    /** Drops a reference; the last one frees the memory. */
    void release();

    /** Memory that the frame holds, in bytes. */
    int sizeBytes();
}
