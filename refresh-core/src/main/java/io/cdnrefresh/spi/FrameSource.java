// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import org.jspecify.annotations.Nullable;

/** Gives the frames that one device has missed, in sequence. Pulled by the transport as the device's link can take them. */
@FunctionalInterface
public interface FrameSource {
    /**
     * The next frame; the caller releases it. Never blocks. Called by one thread at a time.
     *
     * @return null when the device has met the feed: from here on it is part of the sets that {@code publish} is given
     */
    @Nullable
    Frame next();
}
