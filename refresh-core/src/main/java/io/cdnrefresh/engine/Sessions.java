// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.SigningSecret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Browsers that have shown a key: a session is {@code <key id>.<end>.<proof>}, nothing is kept. It ends with its time and
 * with the key; a rotation ends it, too. With a signing secret it holds on every engine, without one on this only. Immutable.
 */
final class Sessions {
    static final String COOKIE = "refresh_session";
    static final String CSRF = "X-CSRF-Token";
    static final Duration LENGTH = Duration.ofHours(12);

    private final String secret;
    private final EngineClock clock;

    Sessions(String signingSecret, EngineClock clock) {
        secret = signingSecret.isEmpty() ? KeyText.newText("session") : signingSecret;
        this.clock = clock;
    }

    /** A new session of a key. */
    String open(ApiKey key) {
        Instant end = clock.now().plus(LENGTH);
        String head = key.id() + "." + end.getEpochSecond();
        return head + "." + proof("session", head, key);
    }

    /** What unsafe calls of a session have to repeat in a header. */
    String csrf(String session, ApiKey key) {
        return proof("csrf", session, key);
    }

    private String proof(String purpose, String text, ApiKey key) {
        return SigningSecret.hmac(secret, purpose + " " + key.hash() + " " + text);
    }

    /** The key of a session that holds; null = it does not. */
    @Nullable
    ApiKey key(String session, AccessView access) {
        String[] parts = session.split("\\.", -1);
        if (parts.length != 3 || !parts[1].matches("[0-9]{1,12}")) {
            return null;
        }
        ApiKey key = access.key(parts[0]);
        boolean isOver = Long.parseLong(parts[1]) <= clock.now().getEpochSecond();
        return key != null && !isOver && isEqual(proof("session", parts[0] + "." + parts[1], key), parts[2])
                ? key
                : null;
    }

    /** In constant time. */
    static boolean isEqual(String expected, String given) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    /** The session that a request's cookies name; null = none. */
    static @Nullable String ofCookies(@Nullable String cookies) {
        if (cookies == null) {
            return null;
        }
        for (String cookie : cookies.split(";", 64)) {
            String text = cookie.strip();
            if (text.startsWith(COOKIE + "=")) {
                return text.substring(COOKIE.length() + 1);
            }
        }
        return null;
    }
}
