// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.ApiRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may look. With {@code admin.token} whoever knows it; without one whoever is on this host, and no web page that a
 * browser on this host shows: neither one of another origin, nor one whose name was made to lead here.
 *
 * @param token the secret; empty = none
 * @param isLocal whether the listener faces this host only
 */
record AdminGuard(String token, boolean isLocal) {
    static AdminGuard of(Config config, String host) {
        return new AdminGuard(config.text("admin.token"), ExposureCheck.isLoopback(host));
    }

    /** Why the request is refused; null = it is not. */
    @Nullable
    Refusal check(ApiRequest request) {
        if (!token.isEmpty()) {
            String given = request.header("Authorization");
            boolean isKnown = given != null
                    && MessageDigest.isEqual(
                            given.getBytes(StandardCharsets.UTF_8),
                            ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
            return isKnown ? null : new Refusal(401, "admin.token is needed: Authorization: Bearer …");
        }
        String site = request.header("Sec-Fetch-Site");
        if (request.header("Origin") != null || site != null && !site.equals("none") && !site.equals("same-origin")) {
            return new Refusal(403, "not from a web page");
        }
        return isLocal && !isLocalName(request.header("Host"))
                ? new Refusal(403, "by the name localhost or an address of this host only")
                : null;
    }

    @Override
    public String toString() {
        return "AdminGuard[token=" + (token.isEmpty() ? "" : "***") + ", isLocal=" + isLocal + "]";
    }

    private static boolean isLocalName(@Nullable String host) {
        if (host == null) {
            return true; // HTTP/1.0, which no browser speaks
        }
        try {
            String name = URI.create("http://" + host).getHost();
            return name != null
                    && (name.toLowerCase(Locale.ROOT).equals("localhost")
                            || name.matches("127\\.\\d+\\.\\d+\\.\\d+")
                            || name.equals("[::1]"));
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /** An answer that says no. */
    record Refusal(int status, String why) {}
}
