// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import java.time.Duration;
import java.util.List;

/**
 * The engine's side of the way to the proxies.
 *
 * <p><b>Threads.</b> {@link #encode}, {@link #publish} and {@link #resume} are called by one thread, the engine's feed,
 * and never block. The handler is called by the transport's threads; it never blocks them.
 *
 * <p><b>Order.</b> A device sees frames in the order in which they were given for it. A frame may be given to a device
 * again (same sequences); a proxy takes that as the question for its reports.
 *
 * <p><b>Loss.</b> When a device's link cannot take more, the transport drops frames for that device, from some sequence
 * on without gaps, and says so once with {@link Handler#onLagging}; nothing more is sent to it until {@link #resume}.
 */
public interface EngineTransport {
    /** Opens the listening side. Called once. */
    void start(EngineEpoch engine, Handler handler);

    /**
     * Encodes commands once for all devices.
     *
     * @param firstSequence feed sequence of the first command; the others follow it without gaps
     * @param commands 1 to 4,096 commands
     * @return a frame with one reference
     */
    Frame encode(long firstSequence, List<Command> commands);

    /** Sends a frame to the connected ones among the devices. The caller keeps its reference. */
    void publish(Frame frame, DeviceSet devices);

    /**
     * Sends a device what it has missed, pulling from the source at the pace of its link, then lets it take part in
     * {@link #publish}. Ignored when the device is not connected.
     */
    void resume(int device, FrameSource source);

    /**
     * Tells a connected device how far it has come, now and with each sign of life until another is told. Any thread.
     * Ignored when the device is not connected; not abstract: a transport that cannot say it leaves its proxies to
     * themselves.
     */
    default void tell(int device, Standing standing) {}

    /** Closes a device's link; it may come back. */
    void disconnect(int device, String reason);

    /**
     * Stops taking connections, flushes what can be flushed until the deadline, closes everything; {@code onGone} comes
     * for each link. Blocks until the deadline at most. Idempotent.
     */
    void shutdown(Duration deadline);

    /** The engine as the transport sees it. Thread-safe; no method blocks. */
    interface Handler {
        /** A proxy asks to be a device of this engine; answered later, exactly once, on any thread. */
        void onHello(Hello hello, HelloResponder responder);

        /**
         * A device reports. Reports of one device arrive in its order.
         *
         * @param acknowledge called by the engine, on any thread, once all of them are durable or known to be repeats;
         *     the transport then lets the proxy forget them
         */
        void onReports(int device, List<Report> reports, Runnable acknowledge);

        /** A device is alive. */
        void onHeartbeat(int device, ProxyHealth health);

        /** A device's link could not take a frame: everything from this sequence on is missing there. */
        void onLagging(int device, long fromSequence);

        /**
         * A device's link is gone; comes once for each accepted link that was not replaced, and never behind the {@code
         * joined} of a newer link of the device, nor at the same time.
         */
        void onGone(int device, String reason);
    }

    /** Answers one hello. */
    interface HelloResponder {
        /**
         * The proxy is the device with this ordinal. The engine calls {@code resume} for it next. A link that the
         * device already has is replaced: it is closed without {@code onGone}, and nothing comes from it any more. When
         * the link died in the meantime, {@code onGone} follows.
         *
         * @param joined called once, on any thread, when the link is the device's: behind the {@code onGone} of every older
         *     link of the device, before this one's. Does not block. Since the two take turns, {@code accept} is never
         *     called in a lock that {@code onGone} takes
         */
        void accept(int device, Runnable joined);

        /** The same for a handler to whom links of one device are all alike. */
        default void accept(int device) {
            accept(device, () -> {});
        }

        /** The proxy is not wanted; it tries again after the given time. */
        void refuse(String reason, Duration retryAfter);
    }
}
