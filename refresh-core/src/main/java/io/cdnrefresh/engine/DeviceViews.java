// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The devices as shown to people: what the registry, the feed and the offline queues know of each. */
final class DeviceViews {
    private final DeviceRegistry devices;
    private final EngineCore core;

    DeviceViews(DeviceRegistry devices, EngineCore core) {
        this.devices = devices;
        this.core = core;
    }

    /** Every device that was not removed, by id; a length that the coordinator cannot tell is −1. */
    void all(Consumer<Answer<List<DeviceView>>> done) {
        CompletionStage<List<DeviceView>> all = CompletableFuture.completedStage(new ArrayList<>());
        FeedDebt.Debts debts = FeedDebt.all(core.feed, devices.view().size());
        for (Device device : devices.view().devices()) {
            if (device.state() != DeviceState.REMOVED) {
                all = all.thenCombine(view(device, debts), (views, one) -> {
                    views.add(one);
                    return views;
                });
            }
        }
        all.thenAccept(views -> {
            views.sort(Comparator.comparing(view -> view.device().id()));
            done.accept(new Answer.Value<>(views));
        });
    }

    private CompletionStage<DeviceView> view(Device device, FeedDebt.Debts debts) {
        boolean isConnected = devices.isConnected(device.ordinal());
        boolean isReady = core.gate.isReady(device.ordinal());
        boolean isCaughtUp = core.gate.isCaughtUp(device.ordinal());
        boolean isSlow = core.feed.flow().isSlow(device.ordinal());
        long underWay = core.feed.flow().underWay(device.ordinal());
        int cachesDown = core.gate.cachesDown(device.ordinal());
        int needsWipe = core.gate.needsWipe(device.ordinal());
        long lag = lagMillis(device, debts.sinceMillis(device.ordinal()));
        return core.delay
                .index()
                .length(device.id())
                .handle((parked, e) -> new DeviceView(
                        device,
                        isConnected,
                        isReady,
                        isCaughtUp,
                        isSlow,
                        underWay,
                        debts.behind(device.ordinal()),
                        e == null ? parked : -1,
                        lag,
                        cachesDown,
                        needsWipe));
    }

    private long lagMillis(Device device, long inFeed) {
        long parked = core.delay.parkedSince(device);
        long since = inFeed == 0 || parked == 0 ? Math.max(inFeed, parked) : Math.min(inFeed, parked);
        return since == 0 ? 0 : Math.max(0, core.nowMillis() - since);
    }
}
