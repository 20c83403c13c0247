// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.spi.ProxyToken;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that engines and proxies, or the engines and one device, share. It is never sent: a proxy proves that it has it by HMAC-SHA-256 over the
 * engine's nonce and its own device id. Immutable, thread-safe. Its text form hides it.
 */
final class SharedToken {
    private static final String ALGORITHM = "HmacSHA256";
    private static final SecureRandom random = new SecureRandom();

    private final ProxyToken token;

    /** Without a token every proof is accepted. */
    SharedToken(ProxyToken token) {
        this.token = token;
    }

    static byte[] newNonce() {
        byte[] nonce = new byte[Payloads.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    byte[] proof(byte[] nonce, String device) {
        String secret = token.expected(device);
        if (secret == null) {
            return new byte[0];
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update(nonce);
            return mac.doFinal(device.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing from this JDK", e);
        }
    }

    /** Constant-time. */
    boolean accepts(byte[] nonce, String device, byte[] proof) {
        return token.secret() == null || MessageDigest.isEqual(proof(nonce, device), proof);
    }

    @Override
    public String toString() {
        return token.toString();
    }
}
