// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.dialect.Zones.Zone;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.SharedCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients of other caches and CDNs drive the engine unchanged: their requests become calls of the engine's API, the
 * engine's answers, refusals too, become what they expect. See {@code docs/dialects.md}.
 *
 * <p>Thread-safe; never blocks. An answer is a 2xx only if the engine has accepted every task that the request means. A
 * request that says more than can be carried out exactly, or more widely, is refused.
 */
public final class DialectEndpoint implements ApiEndpoint {
    /** The names of the dialects, as the configuration has them. */
    public static final List<String> NAMES = List.of("purge", "cloudflare", "fastly", "alibaba");

    private record Named(String name, Dialect dialect) {}

    private final ApiEndpoint engine;
    private final List<Named> dialects;

    private DialectEndpoint(ApiEndpoint engine, List<Named> dialects) {
        this.engine = engine;
        this.dialects = List.copyOf(dialects);
    }

    /** Starts the description of an endpoint in front of the engine's. */
    public static Builder builder(ApiEndpoint engine) {
        return new Builder(requireNonNull(engine, "engine"));
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        for (Named each : dialects) {
            if (each.dialect.speaks(request)) {
                new Exchange(engine, each.dialect, each.name, request, responder).start();
                return;
            }
        }
        JsonWriter json = new JsonWriter(192).beginObject();
        json.field("type").value("urn:cdnrefresh:problem:not-found");
        json.field("title").value("There is no such thing");
        json.field("status").value(404);
        json.field("detail").value("expected: a request in one of the dialects that are switched on");
        json.field("errors").beginArray().endArray();
        responder.respond(new ApiResponse(
                404, "application/problem+json", List.of(), json.endObject().toArray()));
    }

    /**
     * What the server in front of this refuses by itself, in the form of the client that asked; a problem stays one where no
     * dialect is recognised. Never blocks.
     */
    public ApiResponse refused(ApiRequest request, ApiResponse problem) {
        for (Named each : dialects) {
            if (each.dialect.speaks(request)) {
                return each.dialect.refused(request, Exchange.Reply.of(problem).refusal());
            }
        }
        return problem;
    }

    /** Puts an endpoint together. Not thread-safe. */
    public static final class Builder {
        private static final Duration LONGEST_WAIT = Duration.ofSeconds(55);

        private final ApiEndpoint engine;
        private final Set<String> names = new LinkedHashSet<>();
        private final List<Zone> zones = new ArrayList<>();
        private Duration wait = Duration.ofSeconds(3);
        private EngineClock clock = EngineClock.system();
        private @Nullable UnaryOperator<String> secrets;
        private @Nullable SharedCounters counters;

        private Builder(ApiEndpoint engine) {
            this.engine = engine;
        }

        /** Speaks these of {@link #NAMES}; default none. */
        public Builder dialects(List<String> words) {
            for (String word : words) {
                if (!NAMES.contains(word)) {
                    throw new IllegalArgumentException(
                            "dialects: " + word + " (expected: " + String.join(" | ", NAMES) + ")");
                }
                names.add(word);
            }
            return this;
        }

        /**
         * Adds the hosts that a client means by the id of a zone or service, or by a Host that is no site's.
         *
         * @param hosts names; {@code *.h} and {@code **.h} where no names are needed
         */
        public Builder zone(String id, List<String> hosts) {
            List<String> sound =
                    hosts.stream().map(host -> Target.host(host).host()).toList();
            if (id.isEmpty() || sound.isEmpty()) {
                throw new IllegalArgumentException("zone: empty (expected: an id and at least one host)");
            }
            zones.add(new Zone(id, sound));
            return this;
        }

        /** How long a plain PURGE waits until it is done; 0 to 55 s, default 3 s; 0 = its answer is 202 at once. */
        public Builder wait(Duration longest) {
            if (longest.isNegative() || longest.compareTo(LONGEST_WAIT) > 0) {
                throw new IllegalArgumentException("wait: " + longest + " (expected: PT0S..PT55S)");
            }
            wait = longest;
            return this;
        }

        /** The secret that a key signs with, by its id; default none is known, and no signature is checked. */
        public Builder signingSecrets(UnaryOperator<String> byKeyId) {
            secrets = requireNonNull(byKeyId, "byKeyId");
            return this;
        }

        /**
         * Where engines behind one balancer note which signed requests were taken, so that none can be repeated at another;
         * default nowhere. While they fail, each engine knows of its own only.
         */
        public Builder counters(SharedCounters shared) {
            counters = requireNonNull(shared, "shared");
            return this;
        }

        /** The clock; default the system's. */
        public Builder clock(EngineClock clock) {
            this.clock = requireNonNull(clock, "clock");
            return this;
        }

        /** Creates the endpoint. */
        public DialectEndpoint build() {
            Zones known = new Zones(zones);
            RetryKeys keys = new RetryKeys(clock);
            List<Named> built = new ArrayList<>();
            // Fastly's PURGE is told from the plain one by its headers, so it is asked first
            if (names.contains("fastly")) {
                built.add(new Named("fastly", new FastlyDialect(known, !names.contains("purge"), clock)));
            }
            if (names.contains("purge")) {
                built.add(new Named("purge", new PurgeDialect(known, wait, clock)));
            }
            if (names.contains("cloudflare")) {
                built.add(new Named("cloudflare", new CloudflareDialect(known, keys)));
            }
            if (names.contains("alibaba")) {
                built.add(new Named("alibaba", new AlibabaDialect(secrets, counters, keys, clock)));
            }
            return new DialectEndpoint(engine, built);
        }
    }
}
