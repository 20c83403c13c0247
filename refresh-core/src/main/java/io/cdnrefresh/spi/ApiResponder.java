// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** Takes the answer to one request. Called exactly once, on any thread; never blocks. */
@FunctionalInterface
public interface ApiResponder {
    /** Sends the answer. */
    void respond(ApiResponse response);
}
