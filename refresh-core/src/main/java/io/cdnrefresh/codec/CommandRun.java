// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.util.List;

/** Neighbouring commands of a frame that are given to the proxy in one call. Immutable. */
public sealed interface CommandRun {
    /** Gives the run to the proxy; false if it cannot take it now. */
    boolean offerTo(ProxyTransport.Handler handler, EngineLink link);

    /** Commands that could be read. */
    record Read(long firstSequence, List<Command> commands) implements CommandRun {
        @Override
        public boolean offerTo(ProxyTransport.Handler handler, EngineLink link) {
            return handler.onCommands(link, firstSequence, commands);
        }
    }

    /** One that could not. */
    record Unread(long sequence, UnreadCommand command) implements CommandRun {
        @Override
        public boolean offerTo(ProxyTransport.Handler handler, EngineLink link) {
            return handler.onUnread(link, sequence, command);
        }
    }
}
