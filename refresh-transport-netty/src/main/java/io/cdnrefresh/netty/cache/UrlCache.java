// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A cache server that can be asked about exact URLs: {@code PURGE} for each variant, a HEAD that must not reach the
 * origin as probe, GET as preload. Each request bears the client's own host and the bytes of the target.
 *
 * <p>Thread-safe; keeps nothing but the listeners under way.
 */
class UrlCache implements CacheServer, CacheServer.PreloadCapable {
    final CacheSettings settings;
    final CacheRules rules;
    private final HttpClient client;
    private final OpenRequests open = new OpenRequests();

    UrlCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        this.settings = settings;
        this.client = client;
        this.rules = rules;
    }

    @Override
    public final void purge(PurgeRequest request, Listener<CacheResult> listener) {
        purgeVariants(request, List.of(), listener);
    }

    /** @param extra header lines that every one of the requests bears */
    final void purgeVariants(PurgeRequest request, List<String> extra, Listener<CacheResult> listener) {
        List<List<String>> variants = settings.variants();
        boolean isListed = variants.size() == 1 || request.headers().isEmpty() || variants.contains(request.headers());
        int count = isListed ? variants.size() : variants.size() + 1;
        Listener<CacheResult> once = open.track(listener, new CacheResult.Failed("driver closed"));
        Joined joined = new Joined(count, once);
        for (int i = 0; i < count; i++) {
            List<String> variant = i < variants.size() ? variants.get(i) : request.headers();
            call(
                    "PURGE",
                    request,
                    List.of(variant, extra),
                    settings.timeout(),
                    reply -> joined.add(rules.ofPurge(reply, "PURGE")),
                    reason -> joined.add(new CacheResult.Unsupported(reason)));
        }
    }

    @Override
    public final void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        Listener<ProbeResult> once = open.track(listener, new ProbeResult.Failed("driver closed"));
        call(
                "HEAD",
                request,
                List.of(request.headers(), List.of("Cache-Control: only-if-cached", "X-Refresh-Probe: 1")),
                settings.timeout(),
                reply -> once.onResult(rules.ofProbe(reply)),
                reason -> once.onResult(new ProbeResult.Unknown(reason)));
    }

    @Override
    public final void preload(PurgeRequest request, Listener<PreloadResult> listener) {
        Listener<PreloadResult> once = open.track(listener, new PreloadResult.Failed("driver closed"));
        call(
                "GET",
                request,
                List.of(request.headers()),
                settings.preloadTimeout(),
                reply -> once.onResult(rules.ofPreload(reply)),
                reason -> once.onResult(new PreloadResult.Rejected(reason)));
    }

    /** Asks with header lines that are none of the target's business. */
    final void ban(PurgeRequest request, List<String> lines, Listener<CacheResult> listener) {
        Listener<CacheResult> once = open.track(listener, new CacheResult.Failed("driver closed"));
        Target place = new Target("", settings.host(), "/");
        call(
                "BAN",
                new PurgeRequest(place, List.of(), request.trace()),
                List.of(lines),
                settings.timeout(),
                reply -> once.onResult(rules.ofBan(reply)),
                reason -> once.onResult(new CacheResult.Unsupported(reason)));
    }

    @SuppressWarnings("ParameterNumber") // six, all of one call
    private void call(
            String method,
            PurgeRequest request,
            List<List<String>> lines,
            Duration timeout,
            Consumer<HttpReply> onReply,
            Consumer<String> onImpossible) {
        Target target = request.target();
        HttpCall call;
        try {
            HttpCall.Builder builder = HttpCall.to(method, settings.host(), settings.port(), target.path())
                    .authority(target.host())
                    .timeout(timeout);
            if (settings.isSecure()) {
                builder.secure();
            }
            if (!target.scheme().isEmpty()) {
                builder.header("X-Forwarded-Proto", target.scheme());
            }
            if (!request.trace().isEmpty()) {
                builder.header("traceparent", request.trace());
            }
            for (List<String> block : lines) {
                for (String line : block) {
                    int colon = line.indexOf(':');
                    builder.header(
                            line.substring(0, Math.max(0, colon)),
                            line.substring(colon + 1).trim());
                }
            }
            call = builder.build();
        } catch (IllegalArgumentException e) {
            onImpossible.accept("no request can be made of it: " + e.getMessage());
            return;
        }
        client.execute(call, onReply);
    }

    @Override
    public final void close() {
        open.close();
    }

    /** Waits for the purges of all variants and tells the worst. */
    private static final class Joined {
        private final Listener<CacheResult> listener;
        private final AtomicReference<State> state;

        private Joined(int count, Listener<CacheResult> listener) {
            this.listener = listener;
            this.state = new AtomicReference<>(new State(count, List.of()));
        }

        private void add(CacheResult result) {
            State next = state.updateAndGet(old -> old.with(result));
            if (next.left == 0) {
                listener.onResult(next.results.get(0));
            }
        }
    }

    private record State(int left, List<CacheResult> results) {
        private State with(CacheResult result) {
            return new State(left - 1, List.of(results.isEmpty() ? result : CacheRules.worst(results.get(0), result)));
        }
    }
}
