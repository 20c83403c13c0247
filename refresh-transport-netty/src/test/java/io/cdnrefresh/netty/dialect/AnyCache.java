// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;

/** A cache that can do everything and holds nothing. */
final class AnyCache
        implements CacheServer,
                CacheServer.PrefixPurgeCapable,
                CacheServer.RegexPurgeCapable,
                CacheServer.TagPurgeCapable,
                CacheServer.HostPurgeCapable,
                CacheServer.SoftPurgeCapable,
                CacheServer.PreloadCapable {
    private static void done(Listener<CacheResult> listener) {
        listener.onResult(new CacheResult.Gone(Instant.EPOCH, false, Duration.ZERO));
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        listener.onResult(ProbeResult.Absent.ONE);
    }

    @Override
    public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void purgeTag(PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void purgeSoft(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener) {
        done(listener);
    }

    @Override
    public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        listener.onResult(new PreloadResult.Loaded(200, 1));
    }

    @Override
    public void close() {}
}
