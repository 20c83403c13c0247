// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.util.List;

/**
 * nginx with its cache folder within reach: what is broader than a URL is found by the key that every cache file names,
 * and deleted. The sample that proves it is of objects that were there.
 */
final class NginxCache extends DiskUrlCache
        implements CacheServer.PrefixPurgeCapable,
                CacheServer.RegexPurgeCapable,
                CacheServer.HostPurgeCapable,
                CacheServer.AllPurgeCapable,
                CacheServer.BroadProbeCapable {
    private final Witnesses witnesses = new Witnesses();
    private final FileWorker worker;

    NginxCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
        CacheFolder folder = new CacheFolder(settings, rules, witnesses);
        worker = new FileWorker(folder::purge);
    }

    @Override
    public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
        purge(TaskKind.PREFIX, request, listener);
    }

    @Override
    public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
        try {
            var unused = com.google.re2j.Pattern.compile(request.target().path());
        } catch (com.google.re2j.PatternSyntaxException e) {
            listener.onResult(new CacheResult.Unsupported("no pattern: " + e.getDescription()));
            return;
        }
        purge(TaskKind.REGEX, request, listener);
    }

    @Override
    public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
        purge(TaskKind.HOST, request, listener);
    }

    @Override
    public void purgeAll(Listener<CacheResult> listener) {
        purge(TaskKind.ALL, new PurgeRequest(new Target("", "", ""), List.of(), ""), listener);
    }

    private void purge(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener) {
        Listener<CacheResult> once = tracked(listener, new CacheResult.Failed("driver closed"));
        worker.submit(new FileWorker.Job(kind, request, false, once));
    }

    /** The walk itself has looked at every file: if it has never found one, there is nothing left to ask about. */
    @Override
    public void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener) {
        List<PurgeRequest> sample = witnesses.get(kind, request);
        if (sample.isEmpty()) {
            listener.onResult(ProbeResult.Absent.ONE);
        } else {
            probeAll(sample, listener);
        }
    }

    @Override
    public void close() {
        super.close();
        worker.close();
    }
}
