// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.spi.Reload;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the configuration anew, on a query thread, if somebody knows how. Thread-safe. */
final class Reloads {
    private final EngineLifecycle lifecycle;
    private volatile @Nullable Reload way;

    Reloads(EngineLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    void way(Reload value) {
        way = value;
    }

    void run(String actor, Consumer<Answer<Reload.Result>> done) {
        Reload known = way;
        if (known == null) {
            done.accept(new Answer.Unknown<>());
            return;
        }
        boolean isTaken = lifecycle.queries().tryRun(() -> {
            lifecycle.audits().add(actor, "", "engine.reload", "engine", "");
            done.accept(new Answer.Value<>(known.reload()));
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }
}
