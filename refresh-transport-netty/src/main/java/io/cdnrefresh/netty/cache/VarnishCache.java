// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
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
                CacheServer.SoftPurgeCapable {
    VarnishCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
    }

    @Override
    public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
        banHost(request, "X-Refresh-Url: ^" + SafePattern.quote(request.target().path()), listener);
    }

    @Override
    public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
        String pattern = request.target().path();
        String fault = SafePattern.fault(pattern);
        if (fault.isEmpty()) {
            banHost(request, "X-Refresh-Url: " + pattern, listener);
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
            banHost(request, "X-Refresh-Tag: ," + SafePattern.quote(tag) + ",", listener);
        }
    }

    @Override
    public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
        banHost(request, "", listener);
    }

    @Override
    public void purgeAll(Listener<CacheResult> listener) {
        PurgeRequest everything = new PurgeRequest(new Target("", settings.host(), "/"), List.of(), "");
        ban(everything, List.of("X-Refresh-Host: ."), listener);
    }

    @Override
    public void purgeSoft(PurgeRequest request, Listener<CacheResult> listener) {
        purgeVariants(request, List.of("X-Refresh-Soft: 1"), listener);
    }

    private void banHost(PurgeRequest request, String line, Listener<CacheResult> listener) {
        List<String> lines = new ArrayList<>(2);
        lines.add("X-Refresh-Host: " + hostPattern(request.target().host()));
        if (!line.isEmpty()) {
            lines.add(line);
        }
        ban(request, lines, listener);
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
