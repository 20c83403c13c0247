// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.PauseRule;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.spi.RegistrySnapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What a model's operator has paused: from the answer on, nothing of it may be sent. One thread. */
final class ModelPauses {
    private final Random random;
    private final ModelLedger ledger;
    private final Map<String, String> groups = new HashMap<>();
    private final List<PauseRule> rules = new ArrayList<>();

    ModelPauses(Random random, ModelLedger ledger, RegistrySnapshot registry) {
        this.random = random;
        this.ledger = ledger;
        for (Device device : registry.devices()) {
            groups.put(device.id(), device.group());
        }
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    void clear() {
        rules.clear();
    }

    void pause(EngineHost engine, PauseRule rule) {
        engine.pause(rule, "model", answer -> {
            if (answer instanceof Answer.Value && !rules.contains(rule)) {
                rules.add(rule);
                ledger.log("paused " + rule);
            }
        });
    }

    void resume(EngineHost engine) {
        if (!rules.isEmpty()) {
            PauseRule rule = rules.remove(random.nextInt(rules.size()));
            ledger.log("resumed " + rule);
            engine.resume(rule, "model", answer -> {});
        }
    }

    void onSent(String device, Command command) {
        for (PauseRule rule : rules) {
            boolean isHeld = (rule.tenant() == null
                            || rule.tenant().equals(command.task().tenant()))
                    && (rule.type() == null || rule.type() == command.task().kind())
                    && (rule.group() == null || rule.group().equals(groups.get(device)))
                    && (rule.id() == null || rule.id().equals(command.id()));
            if (isHeld) {
                ledger.violated("sent to " + device + " while paused by " + rule + ": " + command.id());
            }
        }
    }
}
