// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes up what a model is asked for. One thread. */
final class ModelTasks {
    private static final int REMEMBERED = 64;
    private static final int[] DEADLINES = {1, 2, 5, 20, 60, 600};

    private final Random random;
    private final ModelLedger ledger;
    private final ManualClock clock;
    private final RegistrySnapshot registry;
    private final List<ModelLedger.Job> recent = new ArrayList<>();
    private final List<Wish> repeatable = new ArrayList<>();
    private long serial;

    ModelTasks(Random random, ModelLedger ledger, ManualClock clock, RegistrySnapshot registry) {
        this.random = random;
        this.ledger = ledger;
        this.clock = clock;
        this.registry = registry;
    }

    /** A submission, perhaps one that was made before. */
    record Wish(ModelLedger.Job job, @Nullable IdempotencyKey key) {}

    void clear() {
        recent.clear();
        repeatable.clear();
    }

    void accepted(ModelLedger.Job job) {
        recent.add(job);
        if (recent.size() > REMEMBERED) {
            recent.remove(0);
        }
    }

    ModelLedger.@Nullable Job recent() {
        return recent.isEmpty() ? null : recent.get(random.nextInt(recent.size()));
    }

    String url() {
        return "http://h" + random.nextInt(2) + ".test/" + (char) ('a' + random.nextInt(2)) + "/" + random.nextInt(3);
    }

    private String tenant() {
        return "t" + random.nextInt(3);
    }

    Wish next() {
        if (!repeatable.isEmpty() && random.nextInt(12) == 0) {
            return repeatable.get(random.nextInt(repeatable.size()));
        }
        RefreshTask task = content().withOptions(options()).withTenant(tenant()).withTrace("j" + ++serial);
        Set<String> ids = new HashSet<>();
        DeviceSet.Builder ordinals = new DeviceSet.Builder();
        for (Device device : registry.devices()) {
            if (task.options().scope().includes(device)) {
                ids.add(device.id());
                ordinals.add(device.ordinal());
            }
        }
        ModelLedger.Job job = new ModelLedger.Job(task, ids, ordinals.build(), ledger.tick());
        ledger.asked(job);
        if (random.nextInt(6) > 0) {
            return new Wish(job, null);
        }
        Wish wish = new Wish(job, new IdempotencyKey(task.tenant(), "k" + serial, serial));
        repeatable.add(wish);
        if (repeatable.size() > 16) {
            repeatable.remove(0);
        }
        return wish;
    }

    private RefreshTask content() {
        int kind = random.nextInt(10);
        if (kind == 0) {
            String url = url();
            return RefreshTask.purgePrefix(url.substring(0, url.lastIndexOf('/') + 1));
        }
        String first = url();
        String second = url();
        String[] urls =
                first.equals(second) || random.nextInt(3) > 0 ? new String[] {first} : new String[] {first, second};
        return kind < 6 ? RefreshTask.purge(urls) : RefreshTask.preload(urls);
    }

    private TaskOptions options() {
        TaskOptions.Builder options = TaskOptions.DEFAULTS.toBuilder()
                .deadline(Duration.ofSeconds(DEADLINES[random.nextInt(DEADLINES.length)]))
                .verify(random.nextInt(5) == 0 ? Verify.NONE : Verify.ALL)
                .scope(scope());
        int when = random.nextInt(16);
        ModelLedger.Job predecessor = recent();
        if (when == 0) {
            options.notBefore(clock.now().plusMillis(random.nextInt(90_000)));
        } else if (when == 1 && predecessor != null && predecessor.id != null) {
            options.after(predecessor.id).afterOn(random.nextBoolean() ? AfterRule.DONE : AfterRule.FINAL);
        }
        return options.build();
    }

    private Scope scope() {
        return switch (random.nextInt(8)) {
            case 0 -> new Scope(List.of("a"), List.of(), List.of(), List.of());
            case 1 -> new Scope(List.of("b"), List.of(), List.of(), List.of());
            case 2 -> new Scope(List.of(), List.of("edge"), List.of(), List.of());
            case 3 -> new Scope(List.of(), List.of(), List.of("e" + random.nextInt(4)), List.of());
            case 4 -> new Scope(List.of(), List.of(), List.of(), List.of("e" + random.nextInt(4)));
            default -> Scope.ALL;
        };
    }

    /** Only preloads: a refresh that is held back may still be passed by a preload that is not. */
    PauseRule pauseRule() {
        return new PauseRule(random.nextBoolean() ? tenant() : null, TaskKind.PRELOAD, null, null);
    }
}
