// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.spi.Frame;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Commands that stay objects. The count of references is kept only to find a caller that miscounts. Thread-safe. */
final class LocalFrame implements Frame {
    private static final int COMMAND_BYTES = 256;
    private static final int TARGET_BYTES = 128;

    private final long firstSequence;
    private final List<Command> commands;
    private final int sizeBytes;
    private final AtomicInteger references = new AtomicInteger(1);

    LocalFrame(long firstSequence, List<Command> commands) {
        this.firstSequence = firstSequence;
        this.commands = List.copyOf(commands);
        int bytes = 0;
        for (Command command : commands) {
            bytes += COMMAND_BYTES + TARGET_BYTES * command.task().targets().size();
        }
        sizeBytes = bytes;
    }

    long firstSequence() {
        return firstSequence;
    }

    List<Command> commands() {
        return commands;
    }

    int references() {
        return references.get();
    }

    @Override
    public void retain() {
        change(1);
    }

    @Override
    public void release() {
        change(-1);
    }

    private void change(int by) {
        int before = references.getAndUpdate(count -> count <= 0 ? count : count + by);
        if (before <= 0) {
            throw new IllegalStateException("frame " + firstSequence + ": released too often");
        }
    }

    /** An estimate: the commands are shared with the engine. */
    @Override
    public int sizeBytes() {
        return sizeBytes;
    }
}
