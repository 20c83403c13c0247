// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.spi.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Commands as JSON texts, one each. Thread-safe. The garbage collector frees them; the count is for its users' faults. */
final class PollFrame implements Frame {
    private final long firstSequence;
    private final List<byte[]> commands;
    private final int sizeBytes;
    private final AtomicInteger references = new AtomicInteger(1);

    PollFrame(long firstSequence, List<Command> from) {
        this.firstSequence = firstSequence;
        List<byte[]> texts = new ArrayList<>(from.size());
        int size = 64;
        for (int i = 0; i < from.size(); i++) {
            byte[] text = CommandJson.write(firstSequence + i, from.get(i));
            texts.add(text);
            size += text.length + 24;
        }
        commands = texts;
        sizeBytes = size;
    }

    long firstSequence() {
        return firstSequence;
    }

    int count() {
        return commands.size();
    }

    byte[] command(int index) {
        return commands.get(index);
    }

    int references() {
        return references.get();
    }

    @Override
    public void retain() {
        if (references.getAndIncrement() < 1) {
            throw new IllegalStateException("frame: retained after its last release");
        }
    }

    @Override
    public void release() {
        if (references.decrementAndGet() < 0) {
            throw new IllegalStateException("frame: released more often than retained");
        }
    }

    @Override
    public int sizeBytes() {
        return sizeBytes;
    }
}
