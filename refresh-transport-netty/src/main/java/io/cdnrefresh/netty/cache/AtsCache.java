// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Traffic Server with {@code regex_revalidate}: what is broader than a URL, or soft, is a rule in a file. Witnesses are
 * put into the cache by {@code PUSH}.
 */
final class AtsCache extends AtsUrlCache
        implements CacheServer.PrefixPurgeCapable,
                CacheServer.RegexPurgeCapable,
                CacheServer.HostPurgeCapable,
                CacheServer.AllPurgeCapable,
                CacheServer.SoftPurgeCapable,
                CacheServer.BroadProbeCapable {
    private final Witnesses witnesses = new Witnesses();
    private final FileWorker worker;

    AtsCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
        RuleFile file = new RuleFile(settings, rules);
        worker = new FileWorker(file::apply);
    }

    @Override
    public Duration longestPurge() {
        return RuleFile.longest(settings);
    }

    @Override
    public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
        purge(TaskKind.PREFIX, request, false, listener);
    }

    @Override
    public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
        purge(TaskKind.REGEX, request, false, listener);
    }

    @Override
    public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
        purge(TaskKind.HOST, request, false, listener);
    }

    @Override
    public void purgeAll(Listener<CacheResult> listener) {
        purge(TaskKind.ALL, new PurgeRequest(new Target("", "", ""), List.of(), ""), false, listener);
    }

    @Override
    public void purgeSoft(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener) {
        purge(kind, request, true, listener);
    }

    private void purge(TaskKind kind, PurgeRequest request, boolean isSoft, Listener<CacheResult> listener) {
        String fault = AtsRule.fault(kind, request.target());
        if (isSoft && fault.isEmpty() && AtsRule.isWide(AtsRule.pattern(kind, request.target()))) {
            fault = "soft purge of more than one host: its rule would stand before every later purge of each";
        }
        if (!fault.isEmpty()) {
            listener.onResult(new CacheResult.Unsupported(fault));
            return;
        }
        Listener<CacheResult> once = tracked(listener, new CacheResult.Failed("driver closed"));
        FileWorker.Job job = new FileWorker.Job(kind, request, isSoft, once);
        List<PurgeRequest> named = isSoft ? List.of() : witnesses.name(kind, request);
        if (named.isEmpty()) {
            witnesses.put(kind, request, Witnesses.real(kind, request));
            worker.submit(job);
            return;
        }
        PurgeRequest witness = named.get(0);
        Ask push = push(witness, Duration.ofHours(1), "witness\n");
        send(
                push,
                reply -> {
                    boolean isStored = isStored(reply);
                    List<PurgeRequest> sample = new ArrayList<>(Witnesses.real(kind, request));
                    if (isStored) {
                        sample.add(0, witness);
                    }
                    witnesses.put(kind, request, isStored ? sample : List.of());
                    worker.submit(job);
                },
                reason -> worker.submit(job));
    }

    @Override
    public void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener) {
        List<PurgeRequest> sample = witnesses.get(kind, request);
        if (sample.isEmpty()) {
            listener.onResult(
                    new ProbeResult.Unknown("no object to look at: PUSH was refused or the pattern has none"));
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
