// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The secret by which the holder of a key signs, for clients that send signatures instead of keys. */
public final class SigningSecret {
    private static final String ALGORITHM = "HmacSHA256";

    private SigningSecret() {}

    /**
     * The signing secret of a key: base64url of HMAC-SHA-256. The same on every engine with the same master.
     *
     * @param master {@code auth.signing-secret}, not empty
     */
    public static String of(String master, String keyId) {
        return hmac(master, keyId);
    }

    /** Base64url, without padding, of the HMAC-SHA-256 of a text. */
    public static String hmac(String secret, String text) {
        return hmac(secret, text, new byte[0]);
    }

    /** The same of a text and the bytes behind it. */
    public static String hmac(String secret, String text, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            mac.update(text.getBytes(StandardCharsets.UTF_8));
            byte[] code = mac.doFinal(body);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(code);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing from this JDK, or the secret is empty", e);
        }
    }
}
