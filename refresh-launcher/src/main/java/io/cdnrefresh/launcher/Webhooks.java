// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.AddressRules;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.WebhookCalls;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.spi.CallbackSender;
import java.nio.file.Path;
import java.time.Duration;

/** How an engine delivers webhooks, as the configuration wants it. */
final class Webhooks {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private Webhooks() {}

    static CallbackOptions options(Config config) {
        return new CallbackOptions(
                config.text("callback.secret"),
                config.time("callback.retry-for"),
                config.time("callback.first-retry"),
                config.time("callback.longest-retry"),
                config.time("callback.timeout"),
                config.number("callback.per-host"));
    }

    /** A client of their own: it is the only one that goes where tenants want. */
    static CallbackSender sender(Config config, Closing parts, NettyLoops loops) {
        Duration timeout = config.time("callback.timeout");
        HttpClient.Builder client = HttpClient.builder()
                .loops(loops)
                .addresses(AddressRules.allowing(config.list("callback.allow-networks")))
                .maxInFlightPerHost(config.number("callback.per-host"))
                .connectTimeout(timeout.compareTo(CONNECT_TIMEOUT) < 0 ? timeout : CONNECT_TIMEOUT);
        String authority = config.text("callback.tls-ca");
        if (!authority.isEmpty()) {
            client.tls(parts.add("callback tls", TlsFiles.client(Path.of(authority), null, null)));
        }
        return new WebhookCalls(parts.add("callback client", client.build()), timeout);
    }
}
