// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.spi.Frame;
import java.util.List;

/** Commands as they are, without a count of who holds them; 256 bytes each. */
record PlainFrame(long first, List<Command> commands) implements Frame {
    PlainFrame {
        commands = List.copyOf(commands);
    }

    @Override
    public void retain() {}

    @Override
    public void release() {}

    @Override
    public int sizeBytes() {
        return 256 * commands.size();
    }
}
