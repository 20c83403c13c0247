// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.WebhookSecret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The headers of Standard Webhooks. Stateless.
 *
 * <p>Source: Standard Webhooks, specification 1.0.0: the signature is HMAC-SHA256 of {@code id.timestamp.body}, in Base64
 * behind {@code v1,}; several of them, one for each valid secret, stand with spaces between them.
 */
final class WebhookSignature {
    private static final String ALGORITHM = "HmacSHA256";

    private WebhookSignature() {}

    /** Name and value by turns; without a secret there is no signature. */
    static List<String> headers(String id, Instant now, byte[] body, List<String> secrets) {
        String timestamp = Long.toString(now.getEpochSecond());
        List<String> headers = new ArrayList<>(
                List.of("Content-Type", "application/json", "webhook-id", id, "webhook-timestamp", timestamp));
        if (!secrets.isEmpty()) {
            List<String> signatures = secrets.stream()
                    .map(secret -> "v1," + sign(secret, id + '.' + timestamp + '.', body))
                    .toList();
            headers.add("webhook-signature");
            headers.add(String.join(" ", signatures));
        }
        return headers;
    }

    private static String sign(String secret, String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(WebhookSecret.key(secret), ALGORITHM));
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException impossible) { // every Java has it
            throw new IllegalStateException(impossible);
        }
    }
}
