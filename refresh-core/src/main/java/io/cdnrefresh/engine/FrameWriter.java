// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers the commands of one device set into frames and sends them. Confined to the feed, but for {@link #encode}. */
final class FrameWriter {
    static final int MAX_COMMANDS = 256;
    static final int MAX_BYTES = 256 * 1024;
    private static final Logger logger = LoggerFactory.getLogger(FrameWriter.class);

    private final EngineTransport transport;
    private final Feed feed;
    private final List<FeedEntry> batch = new ArrayList<>();
    private @Nullable DeviceSet batchDevices;
    private int batchBytes;

    FrameWriter(EngineTransport transport, Feed feed) {
        this.transport = transport;
        this.feed = feed;
    }

    /** Sends what was gathered if the entry cannot stand in one frame with it. */
    void makeRoomFor(FeedEntry entry) {
        boolean fits = batchDevices != null
                && batchDevices.equals(entry.devices())
                && batch.size() < MAX_COMMANDS
                && batchBytes + estimate(entry.command()) <= MAX_BYTES;
        if (!fits) {
            flush();
        }
    }

    /** Gathers an entry that has its sequence. */
    void add(FeedEntry entry) {
        batchDevices = entry.devices();
        batch.add(entry);
        batchBytes += estimate(entry.command());
    }

    static int estimate(Command command) {
        int bytes = 128;
        if (command.task().targets() instanceof TargetList list) {
            return bytes + list.packedLength();
        }
        for (var target : command.task().targets()) {
            bytes += 16 + target.host().length() + target.path().length();
        }
        return bytes;
    }

    void flush() {
        DeviceSet of = batchDevices;
        if (of == null) {
            return;
        }
        List<FeedEntry> entries = List.copyOf(batch);
        batch.clear();
        batchBytes = 0;
        batchDevices = null;
        // in this order: who goes live after the first line has been shown everything by its source
        DeviceSet to = of.and(feed.live());
        if (hasPreload(entries) && !feed.isNothingHeld()) {
            sendSingly(entries, of);
            return;
        }
        try {
            // The log already holds the entries: a device that goes live between the append and this line has been sent
            // them by its source, and is sent them again here. Repeats are harmless, gaps are not.
            send(entries, to);
        } catch (RuntimeException e) {
            logger.warn("frame refused by the transport, sent one by one commands={}", entries.size(), e);
            sendSingly(entries, of);
        }
    }

    private void sendSingly(List<FeedEntry> entries, DeviceSet of) {
        for (FeedEntry entry : entries) {
            sendOne(entry, feed.audience(entry, of));
        }
    }

    /** Nothing else is ever held back once it has a sequence. */
    private static boolean hasPreload(List<FeedEntry> entries) {
        for (FeedEntry entry : entries) {
            if (!entry.command().task().kind().isRefresh()) {
                return true;
            }
        }
        return false;
    }

    void sendOne(FeedEntry entry, DeviceSet to) {
        try {
            send(List.of(entry), to);
        } catch (RuntimeException e) {
            drop(entry, e);
        }
    }

    private void send(List<FeedEntry> entries, DeviceSet to) {
        if (to.isEmpty()) {
            return;
        }
        Frame frame = encode(entries);
        try {
            transport.publish(frame, to);
        } finally {
            frame.release();
        }
    }

    /** Tells those who were sent a push that was taken back, unless somebody else wants the same; false if it was not. */
    boolean withdraw(Push push) {
        flush();
        if (!push.isWithdrawn()) {
            return false;
        }
        for (FeedEntry entry : push.places()) {
            if (entry.sequence() > 0 && entry.isWithdrawn()) {
                withdraw(entry, entry.devices().and(feed.live()).filter(push::isUnreportedBy));
            }
        }
        return true;
    }

    private void withdraw(FeedEntry entry, DeviceSet to) {
        if (to.isEmpty()) {
            return;
        }
        try {
            Frame frame =
                    transport.encode(entry.sequence(), List.of(entry.command().withdrawn()));
            try {
                transport.publish(frame, to);
            } finally {
                frame.release();
            }
        } catch (RuntimeException e) {
            logger.warn(
                    "withdrawal not sent task={}", entry.command().id(), e); // devices do what nobody wants: harmless
        }
    }

    /** Any thread. */
    Frame encode(List<FeedEntry> entries) {
        return transport.encode(
                entries.get(0).sequence(),
                entries.stream().map(FeedEntry::command).toList());
    }

    /** No device will ever get it; the task ends at its deadline. Any thread. */
    static void drop(FeedEntry entry, RuntimeException e) {
        logger.error(
                "command cannot be sent task={} sequence={}", entry.command().id(), entry.sequence(), e);
        entry.giveUp();
    }
}
