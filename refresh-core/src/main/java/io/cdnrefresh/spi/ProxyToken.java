// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import org.jspecify.annotations.Nullable;

/**
 * The secret by which engines know proxies: the same one for all, or one for each device that is made from it, so that
 * whoever has a proxy's token can be no other device. Immutable; its text form hides it.
 *
 * @param secret what the engines have; null = none
 * @param isPerDevice whether a proxy has {@link #of} instead of it
 */
public record ProxyToken(@Nullable String secret, boolean isPerDevice) {
    /**
     * The token of one device: base64url of HMAC-SHA-256, the same on every engine with the same secret.
     *
     * @param secret {@code engine.rpc.token}, not empty
     */
    public static String of(String secret, String device) {
        return SigningSecret.hmac(secret, "device " + device);
    }

    /** What the proxy of a device has to have; null = nothing. */
    public @Nullable String expected(String device) {
        return secret != null && isPerDevice ? of(secret, device) : secret;
    }

    @Override
    public String toString() {
        return "ProxyToken[" + (secret == null ? "none" : "***") + (isPerDevice ? ", per device]" : "]");
    }
}
