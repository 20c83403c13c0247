// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.PeerCaller;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says who asks, and who may ask for what. Thread-safe; never waits: keys are those of the registry as this engine knows
 * it. A request costs one SHA-256 of its key.
 */
final class FrontDoor {
    private static final String BEARER = "bearer ";

    /** Who may call a route. */
    enum Need {
        /** Everybody; nobody looks who it is. */
        NOTHING,
        /** Everybody, known or not. */
        ANYBODY,
        /** Who has a key. */
        KEY,
        /** Who has an admin key. */
        ADMIN
    }

    private final Supplier<@Nullable AccessView> access;
    private final EngineClock clock;
    private final AuthOptions options;
    private final Sessions sessions;
    private final PeerProof peers;
    private final LongAdder refused = new LongAdder();

    FrontDoor(Supplier<@Nullable AccessView> access, EngineClock clock, AuthOptions options) {
        this.access = access;
        this.clock = clock;
        this.options = options;
        sessions = new Sessions(options.signingSecret(), clock);
        peers = new PeerProof(options.peerSecret(), clock);
    }

    /** What a route needs: only what is named here is for others than admins. */
    static Need need(String path) {
        return switch (path) {
            case "/healthz", "/readyz", "/version", "/openapi.json" -> Need.NOTHING;
            case "/", "/v1/login" -> Need.ANYBODY;
            case "/v1/engine/explain", "/v1/engine/wait", "/v1/engine/quota", "/v1/logout" -> Need.KEY;
            default -> path.equals("/v1/engine/task") || path.startsWith("/v1/engine/task/") ? Need.KEY : Need.ADMIN;
        };
    }

    Sessions sessions() {
        return sessions;
    }

    PeerProof peers() {
        return peers;
    }

    /** Tenants and keys; null = this engine does not know them yet. */
    @Nullable
    AccessView access() {
        return access.get();
    }

    AuthOptions options() {
        return options;
    }

    /** Calls that were refused for want of a key or of a right to the route. */
    long refused() {
        return refused.sum();
    }

    /**
     * Who asks.
     *
     * @throws ProblemException 401 or 403 if it may not ask for this
     */
    Caller enter(Need need, ApiRequest request) {
        if (need == Need.NOTHING) {
            return Caller.NOBODY;
        }
        AccessView now = access.get();
        if (now == null) {
            if (need == Need.ANYBODY) {
                return Caller.NOBODY;
            }
            throw new ProblemException(notRunning());
        }
        if (!now.hasKeys() && !options.needsKeys()) {
            return Caller.LOCAL;
        }
        ApiKey key = unlessExpired(keyOf(request, now));
        if (need == Need.ANYBODY) {
            return key == null ? Caller.NOBODY : Caller.of(key);
        }
        if (key == null) {
            refused.increment();
            throw new ProblemException(unauthorized(now));
        }
        if (need == Need.ADMIN && !key.isAdmin()) {
            refused.increment();
            throw new ProblemException(forbidden("admin-only", "This needs an admin key", "an admin key", List.of()));
        }
        return Caller.of(key);
    }

    /** Whether who made a request that goes on could make it now. */
    boolean isStillAdmin(ApiRequest request) {
        AccessView now = access.get();
        if (now == null || !now.hasKeys() && !options.needsKeys()) {
            return true;
        }
        ApiKey key = unlessExpired(keyOf(request, now));
        return key != null && key.isAdmin();
    }

    private Problem unauthorized(AccessView now) {
        String detail = now.hasKeys()
                ? "expected: Authorization: Bearer KEY, of a key that is not revoked or expired"
                : "no key has been made yet: refresh key add --admin NAME --config FILE";
        return Problem.of(401, "unauthorized", "This needs an API key", detail)
                .withHeaders("WWW-Authenticate", "Bearer realm=\"refresh\"");
    }

    static Problem forbidden(String code, String title, String allowed, List<Fault> faults) {
        return new Problem(403, code, title, "expected: " + allowed, faults, List.of())
                .withHeaders("WWW-Authenticate", "Bearer realm=\"refresh\", error=\"insufficient_scope\"");
    }

    static Problem notRunning() {
        return Problem.of(503, "not-running", "This engine is not running", "try again; another engine will answer")
                .withHeaders("Retry-After", "1", "Connection", "close");
    }

    private @Nullable ApiKey unlessExpired(@Nullable ApiKey key) {
        return key == null || key.isExpired(clock.now()) ? null : key;
    }

    /** The key of a text that is shown; null if there is none that counts. */
    @Nullable
    ApiKey known(String text, AccessView now) {
        return unlessExpired(ofText(text, now));
    }

    private @Nullable ApiKey keyOf(ApiRequest request, AccessView now) {
        String proven = request.keyId();
        if (proven != null) {
            return now.key(proven);
        }
        String peer = request.header(PeerCaller.PEER);
        if (peer != null) {
            String id = peers.keyId(peer, request);
            return id == null ? null : now.key(id);
        }
        String header = request.header("Authorization");
        return header == null ? ofSession(request, now) : ofText(bearer(header), now);
    }

    /** The key of a text that is shown; null if there is none, or another text belongs to it. */
    private @Nullable ApiKey ofText(@Nullable String text, AccessView now) {
        String id = text == null ? null : KeyText.idOf(text);
        ApiKey key = id == null ? null : now.key(id);
        if (text == null || key == null) {
            return null;
        }
        boolean isOld = key.oldUntil() != null && key.oldUntil().isAfter(clock.now());
        return KeyText.matches(text, key.hash()) || isOld && KeyText.matches(text, key.oldHash()) ? key : null;
    }

    private static @Nullable String bearer(String header) {
        boolean isBearer = header.length() > BEARER.length()
                && header.substring(0, BEARER.length()).toLowerCase(Locale.ROOT).equals(BEARER);
        return isBearer ? header.substring(BEARER.length()).strip() : null;
    }

    private @Nullable ApiKey ofSession(ApiRequest request, AccessView now) {
        String session = Sessions.ofCookies(request.header("Cookie"));
        ApiKey key = session == null ? null : sessions.key(session, now);
        if (session == null || key == null || isSafe(request.method())) {
            return key;
        }
        String repeated = request.header(Sessions.CSRF);
        if (repeated == null || !Sessions.isEqual(sessions.csrf(session, key), repeated)) {
            refused.increment();
            throw new ProblemException(forbidden(
                    "csrf",
                    "The header against forged calls is missing",
                    "the csrf of the login, in " + Sessions.CSRF,
                    List.of()));
        }
        return key;
    }

    private static boolean isSafe(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }
}
