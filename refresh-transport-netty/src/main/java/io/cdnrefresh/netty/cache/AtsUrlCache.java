// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** Traffic Server, whose directory on the disk is behind its memory: after a crash purged objects are back. */
class AtsUrlCache extends UrlCache implements CacheServer.RestartCapable {
    private static final String LIFE = "X-Refresh-Life";
    private static final int CREATED = 201;
    /** One of them is on the disk whenever the server dies while the other is written. */
    private static final List<PurgeRequest> MARKS = List.of(mark("/0"), mark("/1"));

    private final AtomicInteger marks = new AtomicInteger();

    AtsUrlCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
    }

    @Override
    public final Duration forgets() {
        return settings.forgets();
    }

    private static PurgeRequest mark(String path) {
        return new PurgeRequest(new Target("", "refresh-mark.invalid", path), List.of(), "");
    }

    /** A small object that the driver puts into the cache by {@code PUSH}. */
    final Ask push(PurgeRequest object, Duration fresh, String text) {
        Instant now = rules.clock().now();
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atZone(ZoneOffset.UTC));
        String content = "HTTP/1.1 200 OK\r\nDate: " + date + "\r\nCache-Control: max-age=" + fresh.toSeconds()
                + "\r\nX-Refresh-Stored: " + now.getEpochSecond() + "\r\nContent-Length: " + text.length() + "\r\n\r\n"
                + text;
        return ask("PUSH", object, List.of()).with(content.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether the server has stored what was pushed. */
    static boolean isStored(HttpReply reply) {
        return reply instanceof HttpReply.Response response && response.status() == CREATED;
    }

    @Override
    public final void mark(Listener<Boolean> listener) {
        Listener<Boolean> once = tracked(listener, false);
        PurgeRequest object = MARKS.get(marks.getAndIncrement() & 1);
        send(
                push(object, Duration.ofDays(3_650), "mark\n").within(QUICK),
                reply -> once.onResult(isStored(reply)),
                impossible -> once.onResult(false));
    }

    @Override
    public final void marked(Listener<ProbeResult> listener) {
        probeAll(MARKS, CacheRules::newest, listener);
    }

    /** By a header that the shipped configuration writes for probes; without it every life has the same name. */
    @Override
    public final void life(Listener<String> listener) {
        Listener<String> once = tracked(listener, "");
        PurgeRequest nothing = new PurgeRequest(new Target("", "refresh-life.invalid", "/"), List.of(), "");
        send(
                ask("HEAD", nothing, List.of(PROBE)).within(QUICK),
                reply -> once.onResult(
                        reply instanceof HttpReply.Response response
                                ? Objects.requireNonNullElse(response.header(LIFE), UNNAMED)
                                : ""),
                impossible -> once.onResult(""));
    }
}
