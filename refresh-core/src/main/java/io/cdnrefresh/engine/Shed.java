// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts the tasks that were not taken, by reason. Thread-safe. */
final class Shed {
    private final Map<Cause, LongAdder> causes = new EnumMap<>(Cause.class);

    Shed() {
        for (Cause cause : Cause.values()) {
            causes.put(cause, new LongAdder());
        }
    }

    /** Looks at the answer on its way. */
    Consumer<Answer<SubmitResult>> watch(Consumer<Answer<SubmitResult>> done) {
        return answer -> {
            if (answer instanceof Answer.Unavailable<SubmitResult> not) {
                count(not.cause());
            } else if (answer instanceof Answer.Value<SubmitResult> value
                    && value.value() instanceof SubmitResult.Limited) {
                count(Cause.LIMITED);
            }
            done.accept(answer);
        };
    }

    private void count(Cause cause) {
        LongAdder counter = causes.get(cause);
        if (counter != null) {
            counter.increment();
        }
    }

    void addTo(List<Metric> metrics) {
        Metric.Builder shed =
                Metric.of("refresh_shed_total", Kind.COUNTER, "Tasks and connections refused, by reason.");
        causes.forEach((cause, counter) -> shed.add(counter.sum(), "reason", reason(cause)));
        metrics.add(shed.build());
    }

    private static String reason(Cause cause) {
        return cause.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
