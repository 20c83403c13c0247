// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.util.ArrayList;
import java.util.List;

/**
 * Varnish with the shipped VCL: what is broader than a URL is a ban on the object's own host, URL and tags, so that the
 * ban lurker can work through it, and never without the host.
 */
final class VarnishCache extends UrlCache
        implements CacheServer.PrefixPurgeCapable,
                CacheServer.RegexPurgeCapable,
                CacheServer.TagPurgeCapable,
                CacheServer.HostPurgeCapable,
                CacheServer.AllPurgeCapable,
                CacheServer.SoftPurgeCapable,
                CacheServer.BroadProbeCapable {
    private static final int PLACED = 200;

    private final Witnesses witnesses = new Witnesses();

    VarnishCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
    }

    @Override
    public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
        String url = "X-Refresh-Url: ^" + SafePattern.quote(request.target().path());
        banHost(TaskKind.PREFIX, request, url, listener);
    }

    @Override
    public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
        String pattern = request.target().path();
        String fault = SafePattern.fault(pattern);
        if (fault.isEmpty()) {
            banHost(TaskKind.REGEX, request, "X-Refresh-Url: " + pattern, listener);
        } else {
            listener.onResult(new CacheResult.Unsupported("pattern not safe for PCRE: " + fault));
        }
    }

    @Override
    public void purgeTag(PurgeRequest request, Listener<CacheResult> listener) {
        String tag = request.target().path();
        if (tag.indexOf(',') >= 0) {
            listener.onResult(new CacheResult.Unsupported("a comma divides tags on this server"));
        } else {
            banHost(TaskKind.TAG, request, "X-Refresh-Tag: ," + SafePattern.quote(tag) + ",", listener);
        }
    }

    @Override
    public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
        banHost(TaskKind.HOST, request, "", listener);
    }

    @Override
    public void purgeAll(Listener<CacheResult> listener) {
        PurgeRequest everything = new PurgeRequest(new Target("", "", ""), List.of(), "");
        banWithWitness(TaskKind.ALL, everything, List.of("X-Refresh-Host: ."), listener);
    }

    @Override
    public void purgeSoft(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener) {
        if (kind == TaskKind.URL) {
            purgeVariants(request, List.of("X-Refresh-Soft: 1"), listener);
            return;
        }
        String host = request.target().host();
        String key = switch (kind) {
            case ALL -> "all";
            case HOST -> host.startsWith("**.") ? "" : host.startsWith("*.") ? "w:" + host.substring(2) : "h:" + host;
            case TAG -> "t:" + host + "/" + request.target().path();
            default -> "";
        };
        if (key.isEmpty()) {
            listener.onResult(new CacheResult.Unsupported("no soft purge by " + kind.wireName() + " of " + host));
        } else {
            ban(request, List.of("X-Refresh-Keys: " + key), listener);
        }
    }

    private void banHost(TaskKind kind, PurgeRequest request, String line, Listener<CacheResult> listener) {
        List<String> lines = new ArrayList<>(2);
        lines.add("X-Refresh-Host: " + hostPattern(request.target().host()));
        if (!line.isEmpty()) {
            lines.add(line);
        }
        banWithWitness(kind, request, lines, listener);
    }

    private void banWithWitness(
            TaskKind kind, PurgeRequest request, List<String> lines, Listener<CacheResult> listener) {
        List<PurgeRequest> named = witnesses.name(kind, request);
        List<PurgeRequest> real = Witnesses.real(kind, request);
        if (named.isEmpty()) {
            witnesses.put(kind, request, real);
            ban(request, lines, listener);
            return;
        }
        String tag = kind == TaskKind.TAG ? request.target().path() : "-";
        PurgeRequest witness =
                new PurgeRequest(named.get(0).target(), List.of("X-Refresh-Witness: " + tag), request.trace());
        Listener<CacheResult> once = tracked(listener, new CacheResult.Failed("driver closed"));
        send(
                ask("GET", witness, List.of(witness.headers())),
                reply -> {
                    boolean isPlaced = reply instanceof HttpReply.Response response
                            && response.status() == PLACED
                            && response.header("X-Refresh-Witness") != null;
                    List<PurgeRequest> sample = new ArrayList<>(real);
                    sample.add(witness);
                    witnesses.put(kind, request, isPlaced ? sample : List.of());
                    ban(request, lines, once);
                },
                reason -> ban(request, lines, once));
    }

    @Override
    public void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener) {
        List<PurgeRequest> sample = witnesses.get(kind, request);
        if (sample.isEmpty()) {
            listener.onResult(new ProbeResult.Unknown("no object to look at"));
        } else {
            probeAll(sample, listener);
        }
    }

    /** {@link Target#hostMatches} as a pattern. */
    static String hostPattern(String host) {
        if (host.startsWith("**.")) {
            return "^.+" + SafePattern.quote(host.substring(2)) + "$";
        }
        return host.startsWith("*.")
                ? "^[^.]+" + SafePattern.quote(host.substring(1)) + "$"
                : "^" + SafePattern.quote(host) + "$";
    }
}
