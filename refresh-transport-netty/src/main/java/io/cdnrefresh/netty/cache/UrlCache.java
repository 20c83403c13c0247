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
import java.util.function.BinaryOperator;
import java.util.function.Consumer;

/**
 * A cache server that can be asked about exact URLs: {@code PURGE} for each variant, a HEAD that must not reach the
 * origin as probe, GET as preload. Each request bears the client's own host and the bytes of the target.
 *
 * <p>Thread-safe; keeps nothing but the listeners under way.
 */
class UrlCache implements CacheServer, CacheServer.HealthCapable, CacheServer.PreloadCapable {
    static final List<String> PROBE = List.of("Cache-Control: only-if-cached", "X-Refresh-Probe: 1");

    static final Duration QUICK = Duration.ofSeconds(2);

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
    public final String driver() {
        return settings.driver();
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
        Joined<CacheResult> joined = new Joined<>(count, CacheRules::worst, once);
        for (int i = 0; i < count; i++) {
            List<String> variant = i < variants.size() ? variants.get(i) : request.headers();
            send(
                    ask("PURGE", request, List.of(variant, extra)),
                    reply -> joined.add(rules.ofPurge(reply, "PURGE")),
                    reason -> joined.add(new CacheResult.Unsupported(reason)));
        }
    }

    @Override
    public final void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        Listener<ProbeResult> once = open.track(listener, new ProbeResult.Failed("driver closed"));
        send(
                ask("HEAD", request, List.of(request.headers(), PROBE)),
                reply -> once.onResult(rules.ofProbe(reply)),
                reason -> once.onResult(new ProbeResult.Unknown(reason)));
    }

    /** Any answer to a probe of what is never there will do. */
    @Override
    public final void health(Listener<Boolean> listener) {
        Listener<Boolean> once = open.track(listener, false);
        PurgeRequest nothing = new PurgeRequest(new Target("", "refresh-health.invalid", "/"), List.of(), "");
        send(
                ask("HEAD", nothing, List.of(PROBE)).within(QUICK),
                reply -> once.onResult(reply instanceof HttpReply.Response),
                impossible -> once.onResult(false));
    }

    @Override
    public final void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        Listener<PreloadResult> once = open.track(listener, new PreloadResult.Failed("driver closed"));
        boolean isRange = request.object().headers().stream().anyMatch(line -> line.startsWith("Range:"));
        send(
                ask("GET", request.object(), List.of(request.object().headers()))
                        .within(settings.preloadTimeout())
                        .at(request.headBytes(), request.pace()),
                reply -> once.onResult(rules.ofPreload(reply, isRange)),
                reason -> once.onResult(new PreloadResult.Rejected(reason)));
    }

    /** Asks with header lines that are none of the target's business. */
    final void ban(PurgeRequest request, List<String> lines, Listener<CacheResult> listener) {
        Listener<CacheResult> once = open.track(listener, new CacheResult.Failed("driver closed"));
        PurgeRequest place = new PurgeRequest(new Target("", settings.host(), "/"), List.of(), request.trace());
        send(
                ask("BAN", place, List.of(lines)),
                reply -> once.onResult(rules.ofBan(reply)),
                reason -> once.onResult(new CacheResult.Unsupported(reason)));
    }

    /** A listener that is told once, also when the driver is closed first. */
    final <R> Listener<R> tracked(Listener<R> listener, R onClose) {
        return open.track(listener, onClose);
    }

    /**
     * Probes several objects and tells the oldest copy, or the failure if there was one. What cannot be asked about
     * counts as not there.
     */
    final void probeAll(List<PurgeRequest> objects, Listener<ProbeResult> listener) {
        probeAll(objects, CacheRules::oldest, listener);
    }

    /** Probes several objects and tells what the results come to. */
    final void probeAll(List<PurgeRequest> objects, BinaryOperator<ProbeResult> merge, Listener<ProbeResult> listener) {
        Joined<ProbeResult> joined = new Joined<>(objects.size(), merge, listener);
        objects.forEach(object -> probe(object, joined::add));
    }

    final Ask ask(String method, PurgeRequest request, List<List<String>> lines) {
        List<String> all = lines.stream().flatMap(List::stream).toList();
        return new Ask(method, request.target(), request.trace(), all, new byte[0], settings.timeout(), 0, bytes -> 0);
    }

    /** Sends one request. */
    final void send(Ask ask, Consumer<HttpReply> onReply, Consumer<String> onImpossible) {
        HttpCall call;
        try {
            Target target = ask.target;
            HttpCall.Builder builder = HttpCall.to(ask.method, settings.host(), settings.port(), target.path())
                    .authority(target.host())
                    .body(ask.body)
                    .timeout(ask.timeout)
                    .keepBodyBytes(ask.headBytes)
                    .pace(ask.pace::read);
            if (settings.isSecure()) {
                builder.secure();
            }
            if (!target.scheme().isEmpty()) {
                builder.header("X-Forwarded-Proto", target.scheme());
            }
            if (!ask.trace.isEmpty()) {
                builder.header("traceparent", ask.trace);
            }
            for (String line : ask.lines) {
                int colon = line.indexOf(':');
                builder.header(
                        line.substring(0, Math.max(0, colon)),
                        line.substring(colon + 1).trim());
            }
            call = builder.build();
        } catch (IllegalArgumentException e) {
            onImpossible.accept("no request can be made of it: " + e.getMessage());
            return;
        }
        client.execute(call, onReply);
    }

    @Override
    public void close() {
        open.close();
    }

    /** One request to the server; the body is not written to afterwards. */
    record Ask(
            String method,
            Target target,
            String trace,
            List<String> lines,
            byte[] body,
            Duration timeout,
            int headBytes,
            Pace pace) {
        Ask within(Duration time) {
            return new Ask(method, target, trace, lines, body, time, headBytes, pace);
        }

        Ask with(byte[] content) {
            return new Ask(method, target, trace, lines, content, timeout, headBytes, pace);
        }

        Ask at(int bytes, Pace other) {
            return new Ask(method, target, trace, lines, body, timeout, bytes, other);
        }
    }

    /** Waits for several results and tells what they come to. */
    private static final class Joined<R> {
        private final BinaryOperator<R> merge;
        private final Listener<R> listener;
        private final AtomicReference<State<R>> state;

        private Joined(int count, BinaryOperator<R> merge, Listener<R> listener) {
            this.merge = merge;
            this.listener = listener;
            this.state = new AtomicReference<>(new State<>(count, List.of()));
        }

        private void add(R result) {
            State<R> next = state.updateAndGet(old -> old.with(result, merge));
            if (next.left == 0) {
                listener.onResult(next.results.get(0));
            }
        }
    }

    private record State<R>(int left, List<R> results) {
        private State<R> with(R result, BinaryOperator<R> merge) {
            return new State<>(left - 1, List.of(results.isEmpty() ? result : merge.apply(results.get(0), result)));
        }
    }
}
