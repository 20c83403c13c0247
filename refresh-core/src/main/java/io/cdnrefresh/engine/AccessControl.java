// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.StoreException;
import java.util.List;
import java.util.function.Consumer;

/** Tenants, keys and the audit of a running engine. Thread-safe. */
final class AccessControl implements AccessOperations {
    private final EngineSetup setup;
    private final EngineLifecycle lifecycle;
    private final FrontDoor door;

    AccessControl(EngineSetup setup, EngineLifecycle lifecycle) {
        this.setup = setup;
        this.lifecycle = lifecycle;
        door = new FrontDoor(
                () -> lifecycle.core() == null
                        ? null
                        : lifecycle.devices().view().access(),
                setup.clock(),
                setup.options().auth());
    }

    @Override
    public FrontDoor door() {
        return door;
    }

    @Override
    public List<HostRule> hosts() {
        return lifecycle.devices().view().hosts();
    }

    @Override
    public void change(List<RegistryChange> changes, Deed deed, Consumer<Answer<AccessView>> done) {
        lifecycle.devices().change(changes, view -> new Answer.Value<>(view.access()), answer -> {
            if (answer instanceof Answer.Value) {
                lifecycle.audits().add(deed.by().actor(), deed.tenant(), deed.action(), deed.subject(), deed.detail());
            }
            done.accept(answer);
        });
    }

    @Override
    public void audit(AuditFilter filter, long before, int limit, Consumer<Answer<List<AuditFilter.Entry>>> done) {
        boolean isTaken = lifecycle.queries().tryRun(() -> {
            Answer<List<AuditFilter.Entry>> answer;
            try {
                lifecycle.audits().flush();
                answer = new Answer.Value<>(setup.stores().registry().auditLog(filter, before, limit));
            } catch (StoreException e) {
                answer = new Answer.Unavailable<>(Cause.STORE_DOWN, 1);
            }
            done.accept(answer);
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }
}
