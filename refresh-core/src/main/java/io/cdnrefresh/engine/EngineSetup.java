// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.AlertSink;
import io.cdnrefresh.spi.CallbackSender;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.PeerCaller;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an engine is made of. Immutable.
 *
 * @param stores where tasks and the registry are kept
 * @param coordinator what several engines share
 * @param transport the way to the proxies
 * @param clock time
 * @param timer the one timer
 * @param alertSink where alerts go
 * @param listeners who is told of ends
 * @param options sizes and periods
 * @param peers the way to other engines; null = there is none
 * @param webhooks how webhooks are delivered; null = they are not
 */
public record EngineSetup(
        Stores stores,
        Coordinator coordinator,
        EngineTransport transport,
        EngineClock clock,
        RefreshTimer timer,
        AlertSink alertSink,
        List<CompletionListener> listeners,
        EngineOptions options,
        @Nullable PeerCaller peers,
        @Nullable Webhooks webhooks) {
    /** Without webhooks. */
    public EngineSetup(
            Stores stores,
            Coordinator coordinator,
            EngineTransport transport,
            EngineClock clock,
            RefreshTimer timer,
            AlertSink alertSink,
            List<CompletionListener> listeners,
            EngineOptions options,
            @Nullable PeerCaller peers) {
        this(stores, coordinator, transport, clock, timer, alertSink, listeners, options, peers, null);
    }

    /**
     * How webhooks are delivered.
     *
     * @param store where they are kept
     * @param sender who posts them
     * @param options when and how often
     */
    public record Webhooks(CallbackStore store, CallbackSender sender, CallbackOptions options) {}

    /**
     * The three faces of the store.
     *
     * @param tasks writes
     * @param queries reads
     * @param registry what is not a task
     * @param isDurable whether what is committed outlives the process
     */
    public record Stores(TaskStore tasks, TaskQueries queries, RegistryStore registry, boolean isDurable) {}
}
