// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.spi.RegistryChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** An engine with its API and its page on a free port, and devices that exist only here. It can end and come back. */
final class PageSite implements AutoCloseable {
    private final MemoryStore store = new MemoryStore();
    private final int count;
    private final int pauseMillis;
    private int port;
    private RefreshEngine engine;
    private HttpApiServer http;
    PageDevices devices;

    /**
     * Starts.
     *
     * @param count how many devices
     * @param pauseMillis how long each takes for a purge at most
     */
    PageSite(int count, int pauseMillis) {
        this(count, pauseMillis, 0);
    }

    /** The same with so many devices more that are known and never come. */
    PageSite(int count, int pauseMillis, int away) {
        this(count, pauseMillis, away, List.of());
    }

    /** The same with what else is in the registry from the start. */
    @SuppressWarnings("NullAway.Init") // start() sets the rest
    PageSite(int count, int pauseMillis, int away, List<RegistryChange> changes) {
        this.count = count;
        this.pauseMillis = pauseMillis;
        List<RegistryChange> known = new ArrayList<>(changes);
        for (int n = count; n < count + away; n++) {
            known.add(new RegistryChange.DeviceSeen(
                    PageDevices.name(n), "far", "edge", "1.4.0", DeviceState.OFFLINE, Instant.now()));
        }
        if (!known.isEmpty()) {
            store.apply(known);
        }
        start();
    }

    private void start() {
        devices = new PageDevices(pauseMillis);
        engine = RefreshEngine.builder()
                .store(store)
                .transport(devices)
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .version(Version.number())
                        .owner("page")
                        .offlineAfter(Duration.ofSeconds(1))
                        .build())
                .build();
        engine.start();
        http = HttpApiServer.builder(new StatusPage(engine.api()))
                .host("127.0.0.1")
                .port(port)
                .build();
        http.start();
        port = http.port();
        devices.joinAll(count);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> devices.joined() == count);
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    String stats() {
        return http.stats().toString();
    }

    RefreshEngine engine() {
        return engine;
    }

    /** The engine and its port are gone. */
    void stop() {
        http.close();
        engine.close();
    }

    /** They are back, with what is stored. */
    void startAgain() {
        start();
    }

    @Override
    public void close() {
        stop();
    }
}
