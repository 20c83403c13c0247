// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.PublishInbox;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An engine's end of a {@link LocalTransport}. Fields belong to the hub's runner, but for the inbox. */
final class LocalEngine implements EngineTransport, PublishInbox.Sink {
    private static final int INBOX_FRAMES = 1_024;
    private static final long INBOX_BYTES = 64L << 20;
    private static final int DRAIN_LIMIT = 256;

    private final LocalTransport hub;
    private final PublishInbox inbox = new PublishInbox(INBOX_FRAMES, INBOX_BYTES);
    private final Map<Integer, LocalLink> links = new HashMap<>();
    private volatile @Nullable EngineEpoch epoch;
    private volatile @Nullable Handler handler;

    LocalEngine(LocalTransport hub) {
        this.hub = hub;
    }

    @Override
    public void start(EngineEpoch newEpoch, Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        epoch = newEpoch;
        handler = newHandler;
        hub.runner().execute(() -> hub.attach(this));
    }

    EngineEpoch epoch() {
        return requireNonNull(epoch, "start was not called");
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        if (commands.isEmpty() || commands.size() > 4_096) {
            throw new IllegalArgumentException("commands: " + commands.size() + " (expected: 1..4096)");
        }
        return new LocalFrame(firstSequence, commands);
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        LocalFrame local = (LocalFrame) frame;
        if (inbox.offer(local, local.firstSequence(), devices)) {
            hub.runner().execute(this::drain);
        }
    }

    private void drain() {
        if (inbox.drain(DRAIN_LIMIT, this)) {
            hub.runner().execute(this::drain);
        }
    }

    @Override
    public void onFrame(Frame frame, long firstSequence, DeviceSet devices) {
        devices.forEach(device -> {
            LocalLink link = links.get(device);
            if (link != null) {
                link.publish((LocalFrame) frame);
            }
        });
    }

    @Override
    public void onLost(DeviceSet devices, long firstSequence) {
        devices.forEach(device -> {
            LocalLink link = links.get(device);
            if (link != null) {
                link.lag(firstSequence);
            }
        });
    }

    @Override
    public void resume(int device, FrameSource source) {
        hub.runner().execute(() -> {
            LocalLink link = links.get(device);
            if (link != null) {
                link.resume(source);
            }
        });
    }

    @Override
    public void tell(int device, Standing standing) {
        hub.runner().execute(() -> {
            LocalLink link = links.get(device);
            if (link != null) {
                link.tell(standing);
            }
        });
    }

    @Override
    public void disconnect(int device, String reason) {
        hub.runner().execute(() -> {
            LocalLink link = links.get(device);
            if (link != null) {
                link.close(reason, hub.redialDelay());
            }
        });
    }

    /** A link is now the device's; returns the one that it replaces. */
    @Nullable
    LocalLink join(int device, LocalLink link) {
        return links.put(device, link);
    }

    void leave(int device, LocalLink link, String reason) {
        if (links.remove(device, link)) {
            handler().onGone(device, reason);
        }
    }

    @Override
    public void shutdown(Duration deadline) {
        hub.runAndWait(this::stop, deadline);
    }

    void stop() {
        while (inbox.drain(DRAIN_LIMIT, this)) {
            // what was published before the end still goes to the links that can take it
        }
        inbox.close();
        hub.detach(this);
        hub.cutLinksOf(this, "engine shut down");
    }
}
