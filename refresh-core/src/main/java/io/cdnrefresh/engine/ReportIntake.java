// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.EngineTransport.HelloResponder;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.stats.RateMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * The engine as its transport sees it: hellos go to the registry, reports to the lanes of their tasks. Never waits: reports
 * that a full lane cannot take are dropped and the link is closed: acknowledgements are cumulative, so nothing after them
 * could be acknowledged either. When the device is back, it is asked for them again.
 */
final class ReportIntake implements EngineTransport.Handler {
    private final Lane[] lanes;
    private final Feed feed;
    private final DeviceRegistry devices;
    private final RateMeter reportMeter;
    private final IntConsumer onJoined;
    private final IntConsumer onGone;
    private final Heard onHeard;
    private final IntConsumer onOverload;

    ReportIntake(Lane[] lanes, Feed feed, DeviceRegistry devices, RateMeter reportMeter, Links links) {
        this.lanes = lanes;
        this.feed = feed;
        this.devices = devices;
        this.reportMeter = reportMeter;
        onJoined = links.onJoined;
        onGone = links.onGone;
        onHeard = links.onHeard;
        onOverload = links.onOverload;
    }

    /**
     * What happens to links.
     *
     * @param onJoined a device takes part from now on
     * @param onGone a device has no link any more
     * @param onHeard a device is alive
     * @param onOverload a device's reports could not be taken: its link is to be closed, so that it is asked again
     */
    record Links(IntConsumer onJoined, IntConsumer onGone, Heard onHeard, IntConsumer onOverload) {}

    /** A device is alive. */
    @FunctionalInterface
    interface Heard {
        void heard(int device, ProxyHealth health);
    }

    @Override
    public void onHello(Hello hello, HelloResponder responder) {
        devices.hello(hello, responder, device -> {
            feed.join(device, hello.cursor(), hello.reported());
            onJoined.accept(device);
        });
    }

    @Override
    public void onReports(int device, List<Report> sent, Runnable acknowledge) {
        List<Report> reports = feed.merged().expand(sent);
        if (reports.isEmpty()) {
            acknowledge.run();
            return;
        }
        reportMeter.mark(sent.size());
        AtomicInteger open = new AtomicInteger(reports.size());
        Runnable acknowledgeOne = () -> {
            if (open.decrementAndGet() == 0) {
                acknowledge.run();
            }
        };
        if (lanes.length == 1) {
            hand(lanes[0], device, reports, acknowledgeOne);
            return;
        }
        List<List<Report>> byLane = new ArrayList<>();
        for (int i = 0; i < lanes.length; i++) {
            byLane.add(new ArrayList<>(reports.size()));
        }
        for (Report report : reports) {
            byLane.get(laneOf(report)).add(report);
        }
        for (int i = 0; i < lanes.length; i++) {
            List<Report> part = byLane.get(i);
            if (!part.isEmpty()) {
                hand(lanes[i], device, part, acknowledgeOne);
            }
        }
    }

    private void hand(Lane lane, int device, List<Report> reports, Runnable acknowledgeOne) {
        if (!lane.queue().offer(l -> l.onReports(device, reports, acknowledgeOne))) {
            onOverload.accept(device);
        }
    }

    private int laneOf(Report report) {
        return Regions.share(Regions.of(report.task().value()), lanes.length);
    }

    @Override
    public void onHeartbeat(int device, ProxyHealth health) {
        devices.heartbeat(device, health);
        onHeard.heard(device, health);
        devices.fleet().heartbeat(device, health);
    }

    @Override
    public void onLagging(int device, long fromSequence) {
        feed.flow().failed(device);
        feed.join(device, fromSequence, List.<Range>of());
    }

    @Override
    public void onGone(int device, String reason) {
        feed.leave(device);
        feed.flow().failed(device);
        devices.gone(device, reason);
        devices.fleet().gone(device);
        onGone.accept(device);
    }
}
