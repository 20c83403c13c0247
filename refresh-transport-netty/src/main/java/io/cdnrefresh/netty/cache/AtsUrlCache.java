// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.spi.CacheServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Traffic Server, whose directory on the disk is behind its memory: after a crash purged objects are back. */
class AtsUrlCache extends UrlCache implements CacheServer.RestartCapable {
    /** Twice the default of {@code proxy.config.cache.dir.sync_frequency}. */
    private static final Duration FORGETS = Duration.ofMinutes(2);

    private static final String LIFE = "X-Refresh-Life";

    AtsUrlCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
    }

    @Override
    public final Duration forgets() {
        return FORGETS;
    }

    /** By a header that the shipped configuration writes for probes; without it every life has the same name. */
    @Override
    public final void life(Listener<String> listener) {
        Listener<String> once = tracked(listener, "");
        PurgeRequest nothing = new PurgeRequest(new Target("", "refresh-life.invalid", "/"), List.of(), "");
        send(
                ask("HEAD", nothing, List.of(PROBE)).within(Duration.ofSeconds(2)),
                reply -> once.onResult(
                        reply instanceof HttpReply.Response response
                                ? Objects.requireNonNullElse(response.header(LIFE), UNNAMED)
                                : ""),
                impossible -> once.onResult(""));
    }
}
