// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.PauseRule;
import java.util.List;

/** What is not pushed for the time being. Immutable. */
record PauseRules(List<PauseRule> rules) {
    static final PauseRules NONE = new PauseRules(List.of());

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /** Whether the command is held back from the device. */
    boolean holds(Command command, Device device) {
        for (PauseRule rule : rules) {
            if (covers(rule, command) && (rule.group() == null || rule.group().equals(device.group()))) {
                return true;
            }
        }
        return false;
    }

    /** Whether the command is held back from some device, or would be if there were one of the group. */
    boolean mayHold(Command command) {
        for (PauseRule rule : rules) {
            if (covers(rule, command)) {
                return true;
            }
        }
        return false;
    }

    private static boolean covers(PauseRule rule, Command command) {
        return (rule.tenant() == null || rule.tenant().equals(command.task().tenant()))
                && (rule.type() == null || rule.type() == command.task().kind())
                && (rule.id() == null || rule.id().equals(command.id()));
    }
}
