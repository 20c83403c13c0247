// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tenants and keys of a registry in memory; what was done is kept. */
final class RecordedAccess implements AccessOperations {
    final List<Deed> deeds = new ArrayList<>();
    final List<AuditFilter.Entry> records = new ArrayList<>();
    volatile RegistrySnapshot registry = RegistrySnapshot.EMPTY;
    private final FrontDoor door;

    RecordedAccess(EngineClock clock) {
        this(clock, AuthOptions.DEFAULTS);
    }

    RecordedAccess(EngineClock clock, AuthOptions options) {
        door = new FrontDoor(this::view, clock, options);
    }

    AccessView view() {
        return new AccessView(registry.access(), registry.hosts());
    }

    @Override
    public FrontDoor door() {
        return door;
    }

    @Override
    public List<HostRule> hosts() {
        return registry.hosts();
    }

    @Override
    public void change(List<RegistryChange> changes, Deed deed, Consumer<Answer<AccessView>> done) {
        registry = registry.with(changes);
        deeds.add(deed);
        done.accept(new Answer.Value<>(view()));
    }

    @Override
    public void audit(AuditFilter filter, long before, int limit, Consumer<Answer<List<AuditFilter.Entry>>> done) {
        done.accept(new Answer.Value<>(records.stream()
                .filter(entry -> entry.place() < before && filter.matches(entry.record()))
                .limit(limit)
                .toList()));
    }
}
