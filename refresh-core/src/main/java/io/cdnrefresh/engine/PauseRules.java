// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.PauseRule;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import java.util.ArrayList;
import java.util.List;

/** What is not pushed for the time being. Immutable. */
record PauseRules(List<PauseRule> rules) {
    static final PauseRules NONE = new PauseRules(List.of());

    boolean isEmpty() {
        return rules.isEmpty();
    }

    PauseRules with(PauseRule rule) {
        if (rules.contains(rule)) {
            return this;
        }
        List<PauseRule> more = new ArrayList<>(rules);
        more.add(rule);
        return new PauseRules(List.copyOf(more));
    }

    PauseRules without(PauseRule rule) {
        return new PauseRules(rules.stream().filter(r -> !r.equals(rule)).toList());
    }

    /** Whether the command is held back from the device. */
    boolean holds(Command command, Device device) {
        for (PauseRule rule : rules) {
            boolean isCovered = (rule.tenant() == null
                            || rule.tenant().equals(command.task().tenant()))
                    && (rule.type() == null || rule.type() == command.task().kind())
                    && (rule.id() == null || rule.id().equals(command.id()))
                    && (rule.group() == null || rule.group().equals(device.group()));
            if (isCovered) {
                return true;
            }
        }
        return false;
    }
}
