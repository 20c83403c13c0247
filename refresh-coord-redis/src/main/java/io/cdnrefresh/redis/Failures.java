// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.CoordinationException;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Says what failures of Redis and its driver mean. */
final class Failures {
    /** Replies that another moment or another node may turn into success. */
    private static final List<String> PASSING = List.of(
            "LOADING",
            "READONLY",
            "CLUSTERDOWN",
            "TRYAGAIN",
            "MASTERDOWN",
            "BUSY",
            "OOM",
            "MISCONF",
            "NOREPLICAS",
            "UNBLOCKED",
            "MOVED",
            "ASK");

    private Failures() {}

    static CoordinationException closed() {
        return new CoordinationException(Category.FATAL, "coordinator is closed", null);
    }

    static CoordinationException away() {
        return new CoordinationException(Category.RETRYABLE, "redis is not connected", null);
    }

    static CoordinationException translate(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CoordinationException known) {
            return known;
        }
        String message = messageOf(cause);
        boolean refused = cause instanceof RedisCommandExecutionException
                && PASSING.stream().noneMatch(message::startsWith);
        return new CoordinationException(
                refused ? Category.PERMANENT : Category.RETRYABLE,
                (refused ? "redis refused: " : "redis did not answer: ") + message,
                cause);
    }

    static String messageOf(Throwable failure) {
        @Nullable String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
