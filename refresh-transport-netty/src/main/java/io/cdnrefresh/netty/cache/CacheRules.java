// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.netty.client.HttpReply.Response;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an answer of a cache server means. Immutable. */
final class CacheRules {
    /** Written by the shipped configurations: when the answer came from the origin, seconds of the node's clock. */
    private static final String STORED = "X-Refresh-Stored";
    /** Written by the shipped VCL into its answer to BAN. */
    private static final String BANNED = "X-Refresh-Banned";
    /** Said by a cache that knows how long a fetch under way may bring an old copy back, in seconds. */
    private static final String FENCE = "X-Refill-Fence";

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MAX_FENCE_DIGITS = 4;
    private static final int MAX_AGE_DIGITS = 10;

    private final CacheSettings settings;
    private final EngineClock clock;
    private final boolean isStamped;

    /** @param isStamped whether the server's configuration writes {@code X-Refresh-Stored}, whatever the origin sent */
    CacheRules(CacheSettings settings, EngineClock clock, boolean isStamped) {
        this.settings = settings;
        this.clock = clock;
        this.isStamped = isStamped;
    }

    CacheResult ofPurge(HttpReply reply, String method) {
        if (reply instanceof HttpReply.Failed failed) {
            return new CacheResult.Failed(failed.reason(), sign(failed.kind()));
        }
        Response response = (Response) reply;
        String reason = response.status() + " to " + method;
        return switch (response.status()) {
            case 200, 204 -> new CacheResult.Gone(clock.now(), true, urlFence(response));
            case 404, 412 -> new CacheResult.Gone(clock.now(), false, urlFence(response));
            case 408, 429 -> new CacheResult.Failed(reason);
            case 501, 505 -> new CacheResult.Denied(reason);
            default ->
                response.status() >= 300 && response.status() < 500
                        ? new CacheResult.Denied(reason)
                        : new CacheResult.Failed(reason); // 202 among them: a promise is no proof
        };
    }

    private static CacheResult.Sign sign(HttpReply.Kind kind) {
        return switch (kind) {
            case RESET, TRUNCATED -> CacheResult.Sign.CUT;
            case CONNECT -> CacheResult.Sign.AWAY;
            default -> CacheResult.Sign.NONE;
        };
    }

    CacheResult ofBan(HttpReply reply) {
        if (reply instanceof Response response && response.status() == 200) {
            return response.header(BANNED) != null
                    ? new CacheResult.Gone(clock.now(), true, settings.broadFence())
                    : new CacheResult.Denied("200 to BAN, but not by the shipped configuration"); // the origin, perhaps
        }
        CacheResult result = ofPurge(reply, "BAN");
        return result instanceof CacheResult.Gone ? new CacheResult.Denied("no such method: BAN") : result;
    }

    private Duration urlFence(Response response) {
        String said = response.header(FENCE);
        boolean isTrusted = !settings.hasFence() && settings.driver().equals("http");
        return isTrusted && said != null && isDigits(said, MAX_FENCE_DIGITS)
                ? Duration.ofSeconds(Integer.parseInt(said))
                : settings.urlFence();
    }

    /** The one result of the purges of all variants. */
    static CacheResult worst(CacheResult a, CacheResult b) {
        if (a instanceof CacheResult.Gone left && b instanceof CacheResult.Gone right) {
            Instant later = left.appliedAt().isAfter(right.appliedAt()) ? left.appliedAt() : right.appliedAt();
            Duration longer = left.fence().compareTo(right.fence()) > 0 ? left.fence() : right.fence();
            return new CacheResult.Gone(later, left.wasPresent() || right.wasPresent(), longer);
        }
        return severity(a) >= severity(b) ? a : b;
    }

    private static int severity(CacheResult result) {
        return result instanceof CacheResult.Gone ? 0 : result instanceof CacheResult.Failed ? 1 : 2;
    }

    ProbeResult ofProbe(HttpReply reply) {
        if (reply instanceof HttpReply.Failed failed) {
            return new ProbeResult.Failed(failed.reason());
        }
        Response response = (Response) reply;
        Instant storedAt = storedAt(response);
        if (storedAt != null) {
            return new ProbeResult.Present(storedAt); // whatever its status: an error can be cached too
        }
        return switch (response.status()) {
            case 504 -> ProbeResult.Absent.ONE;
            case 408, 429, 500, 502, 503 -> new ProbeResult.Failed(response.status() + " to a probe");
            default -> new ProbeResult.Unknown(response.status() + " to a probe, without a time of storing");
        };
    }

    private @Nullable Instant storedAt(Response response) {
        Instant now = clock.now();
        String stamp = isStamped ? response.header(STORED) : null;
        if (stamp != null && stamp.length() <= 20 && isDigits(stamp.replaceFirst("\\.", ""), 20)) {
            BigDecimal nanos = new BigDecimal(stamp).movePointRight(9);
            // a server that writes a fraction may have rounded it up
            long rounding = stamp.indexOf('.') < 0 ? 0 : 1_000_000;
            Instant stamped = Instant.EPOCH.plusNanos(Math.max(0, nanos.longValue() - rounding));
            return stamped.isAfter(now) ? now : stamped;
        }
        String age = response.header("Age");
        if (age == null || !isDigits(age, MAX_AGE_DIGITS) || response.status() == 504) {
            return null;
        }
        // whole seconds, rounded down by the server: the copy may be almost one second older
        return now.minusSeconds(Long.parseLong(age) + 1);
    }

    /** The one result of the probes of several objects. */
    static ProbeResult oldest(ProbeResult a, ProbeResult b) {
        if (a instanceof ProbeResult.Present left && b instanceof ProbeResult.Present right) {
            return left.storedAt().isBefore(right.storedAt()) ? left : right;
        }
        return rank(a) >= rank(b) ? a : b;
    }

    /** The newest copy that the probes of several objects have seen; a failure if one failed. */
    static ProbeResult newest(ProbeResult a, ProbeResult b) {
        if (a instanceof ProbeResult.Present left && b instanceof ProbeResult.Present right) {
            return left.storedAt().isBefore(right.storedAt()) ? right : left;
        }
        return a instanceof ProbeResult.Failed || rank(a) >= rank(b) && !(b instanceof ProbeResult.Failed) ? a : b;
    }

    private static int rank(ProbeResult result) {
        return result instanceof ProbeResult.Unknown
                ? 0
                : result instanceof ProbeResult.Absent ? 1 : result instanceof ProbeResult.Failed ? 2 : 3;
    }

    /** What a change of the server's own files was good for. */
    CacheResult ofFiles() {
        return new CacheResult.Gone(clock.now(), true, settings.broadFence());
    }

    EngineClock clock() {
        return clock;
    }

    /** @param isRange whether a part of the object was asked for */
    PreloadResult ofPreload(HttpReply reply, boolean isRange) {
        if (reply instanceof HttpReply.Failed failed) {
            return new PreloadResult.Failed(failed.reason());
        }
        Response response = (Response) reply;
        int status = response.status();
        if (status < 200 || status >= 500 || status == 408 || status == 429) {
            return new PreloadResult.Failed("status " + status);
        }
        String location = response.header("Location");
        if (location != null && REDIRECTS.contains(status)) {
            return new PreloadResult.Redirected(status, location);
        }
        if (status == 206 && !isRange) {
            return new PreloadResult.Rejected("a part of the object only");
        }
        if (status >= 300) {
            return new PreloadResult.Rejected("status " + status);
        }
        String control = String.valueOf(response.header("Cache-Control")).toLowerCase(Locale.ROOT);
        for (String directive : List.of("no-store", "private")) {
            if (control.contains(directive)) {
                return new PreloadResult.Rejected("not to be kept: " + directive);
            }
        }
        return new PreloadResult.Loaded(status, response.bodyBytes(), response.bodyPrefix());
    }

    private static boolean isDigits(String text, int max) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= max;
    }
}
