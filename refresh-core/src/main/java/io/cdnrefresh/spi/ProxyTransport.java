// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Report;
import java.time.Duration;
import java.util.List;

/**
 * The proxy's side of the way to the engines: it dials every engine that it knows and keeps trying.
 *
 * <p><b>Threads.</b> No method blocks. The handler's calls for one link come one after another; those of several links
 * may overlap.
 *
 * <p><b>Loss.</b> A link may die at any time with commands, reports and acknowledgements under way. Nothing is repeated
 * by the transport itself: commands are given again by the engine, reports by the proxy when it is asked again.
 */
public interface ProxyTransport {
    /** Starts dialling. Called once. */
    void start(Handler handler);

    /**
     * Sends reports on a link, in order.
     *
     * @param batch rises by one with each call for this link, from 1; comes back in {@link Handler#onAcknowledged}
     * @return false if the link is gone or cannot take more now; nothing was sent
     */
    boolean report(EngineLink link, long batch, List<Report> reports);

    /** Says over every link that the proxy is alive; the transport calls {@link Handler#health} by itself as well. */
    void heartbeat();

    /** Closes every link and stops dialling. Idempotent. */
    void shutdown(Duration deadline);

    /** The proxy as the transport sees it. No method blocks. */
    interface Handler {
        /**
         * An engine was reached. The answer is sent to it as this proxy's hello.
         *
         * @throws IllegalStateException if the engine's epoch is older than one this proxy has met; the link is closed
         */
        Hello onLink(EngineLink link);

        /** The engine has accepted the hello. */
        void onJoined(EngineLink link);

        /**
         * Commands with the feed sequences {@code firstSequence, firstSequence + 1, …}; some may have been given before.
         *
         * @return false if the proxy cannot queue them now: the transport offers the same commands again until they are
         *     taken. Meanwhile acknowledgements still come, until too much has piled up behind these commands: then the
         *     transport stops reading this link, and gives it up when nothing is taken for a minute
         */
        boolean onCommands(EngineLink link, long firstSequence, List<Command> commands);

        /**
         * A command of a kind or form that this version does not know. The proxy answers it with a final report of
         * {@code UNSUPPORTED} and the reason; it never drops it.
         *
         * @return as {@link #onCommands}, in whose order it comes
         */
        boolean onUnread(EngineLink link, long sequence, UnreadCommand command);

        /** All reports up to this batch of the link are durable at the engine. */
        void onAcknowledged(EngineLink link, long batch);

        /** What the engine says about this device; the last word counts. Not abstract: older engines say nothing. */
        default void onStanding(EngineLink link, Standing standing) {}

        /** The link is gone; comes once for each link that {@link #onLink} has answered, refused ones too. */
        void onLost(EngineLink link, String reason);

        /** What a heartbeat says. */
        ProxyHealth health();
    }
}
