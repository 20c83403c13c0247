// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.RegistryChange;
import java.util.List;
import java.util.function.Consumer;

/** What the API asks about callers. Thread-safe; no method blocks or throws; every consumer is called exactly once. */
interface AccessOperations {
    /** Who says who asks. */
    FrontDoor door();

    /** Every host rule, as this engine knows them. */
    List<HostRule> hosts();

    /** Changes tenants, keys and host rules; answers with them after the change. */
    void change(List<RegistryChange> changes, Deed deed, Consumer<Answer<AccessView>> done);

    /** Audit records, newest first. */
    void audit(AuditFilter filter, long before, int limit, Consumer<Answer<List<AuditFilter.Entry>>> done);

    /** What is done, for the audit. */
    record Deed(Caller by, String tenant, String action, String subject, String detail) {}
}
