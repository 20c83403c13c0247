// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.PeerCaller;
import io.cdnrefresh.spi.SigningSecret;
import org.jspecify.annotations.Nullable;

/**
 * How engines prove to each other for whom they pass a call on: {@code <seconds>.<key id>.<proof>} in the header
 * {@link PeerCaller#PEER}, over method, path, query and body. Only who has the secret can make it, and it holds for a minute;
 * what a client sends in this header is never passed on. Immutable.
 */
final class PeerProof {
    private static final long SECONDS = 60;

    private final String secret;
    private final EngineClock clock;

    PeerProof(String secret, EngineClock clock) {
        this.secret = secret;
        this.clock = clock;
    }

    /** The same call with the proof for its caller. */
    ApiRequest sign(ApiRequest request, String query, Caller caller) {
        String head = clock.now().getEpochSecond() + "." + caller.keyId();
        String value = secret.isEmpty() || caller.keyId().isEmpty() ? null : head + "." + proof(head, request, query);
        return new Signed(request, value);
    }

    /** The id of the key for which another engine has passed the call on; null = the header is not an engine's. */
    @Nullable
    String keyId(String header, ApiRequest request) {
        int first = header.indexOf('.');
        int second = header.indexOf('.', first + 1);
        if (secret.isEmpty()
                || first < 1
                || second < 0
                || !header.substring(0, first).matches("[0-9]{1,12}")) {
            return null;
        }
        String head = header.substring(0, second);
        String expected = proof(head, request, request.query());
        long away = Long.parseLong(header.substring(0, first)) - clock.now().getEpochSecond();
        boolean isRight = Sessions.isEqual(expected, header.substring(second + 1)) && Math.abs(away) <= SECONDS;
        return isRight ? header.substring(first + 1, second) : null;
    }

    private String proof(String head, ApiRequest request, String query) {
        String call = request.method() + " " + request.path() + "?" + query;
        return SigningSecret.hmac(secret, "peer " + head + " " + call + "\n", request.body());
    }

    /** A request as it came, but for the header of engines. */
    private record Signed(ApiRequest request, @Nullable String proof) implements ApiRequest {
        @Override
        public String method() {
            return request.method();
        }

        @Override
        public String path() {
            return request.path();
        }

        @Override
        public String query() {
            return request.query();
        }

        @Override
        public @Nullable String header(String name) {
            return name.equalsIgnoreCase(PeerCaller.PEER) ? proof : request.header(name);
        }

        @Override
        public byte[] body() {
            return request.body();
        }

        @Override
        public String remote() {
            return request.remote();
        }

        @Override
        public @Nullable String keyId() {
            return request.keyId();
        }
    }
}
