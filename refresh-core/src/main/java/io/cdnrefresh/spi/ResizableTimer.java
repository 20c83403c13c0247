// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** The ability of a {@link RefreshTimer} whose number of callback threads may change while it runs. Thread-safe. */
public interface ResizableTimer {
    /**
     * Gives the timer so many callback threads; those that are too many end after the batch that they are at. 0 = no
     * callback runs until there are some again; what is due stays armed. Returns at once.
     *
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the timer does not run, or runs on its caller's thread
     */
    void resizeCallbacks(int threads);
}
