// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import org.jspecify.annotations.Nullable;

/** One request of the API as any HTTP front sees it. Read-only; valid until it is answered. */
public interface ApiRequest {
    /** The method in upper case. */
    String method();

    /** The path as received, without query. */
    String path();

    /** The query string as received, without {@code ?}; empty if there is none. */
    String query();

    /** The value of a header, by any spelling of its name; null if absent, the first one if repeated. */
    @Nullable
    String header(String name);

    /** The whole body in an array of exactly its length; empty if there is none. The caller may keep it. */
    byte[] body();

    /** The peer's address, for logs and audit. */
    String remote();

    /**
     * The id of the key that the front has proven already, by a signature; null = the engine looks at the headers. Not
     * abstract: most fronts prove nothing.
     */
    default @Nullable String keyId() {
        return null;
    }
}
