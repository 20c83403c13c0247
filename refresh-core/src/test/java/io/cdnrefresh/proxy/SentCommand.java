// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One command with what the model knows of it. */
final class SentCommand {
    final Command command;
    final String url;
    final int version;
    final List<SentCommand> earlier = new ArrayList<>();
    boolean isAcknowledged;
    boolean hasBegun;

    @Nullable
    Instant lastPurgedAt;

    @Nullable
    Instant finishedAt;

    SentCommand(Command command, String url, int version) {
        this.command = command;
        this.url = url;
        this.version = version;
    }

    long id() {
        return command.id().value();
    }

    boolean isRefresh() {
        return command.task().kind().isRefresh();
    }

    boolean isClosed(Instant now, Duration fence) {
        return finishedAt != null
                && (lastPurgedAt == null || !lastPurgedAt.plus(fence).isAfter(now));
    }
}
