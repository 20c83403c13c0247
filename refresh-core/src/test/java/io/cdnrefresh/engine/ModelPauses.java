// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.spi.RegistryChange;
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
    /** Whose pause is not answered: to resume it now would be a race of the operator's own. */
    private final List<PauseRule> asked = new ArrayList<>();

    private int lives;

    ModelPauses(Random random, ModelLedger ledger, RegistrySnapshot registry) {
        this.random = random;
        this.ledger = ledger;
        for (Device device : registry.devices()) {
            groups.put(device.id(), device.group());
        }
    }

    /** The engine that was asked is gone: what became of the request is not known, so the operator begins anew. */
    void engineDied(MemoryStore registry) {
        lives++;
        asked.clear();
        rules.clear();
        registry.apply(registry.load().pauses().stream()
                .<RegistryChange>map(RegistryChange.PauseRemoved::new)
                .toList());
    }

    void pause(EngineHost engine, PauseRule rule) {
        asked.add(rule);
        int asking = lives;
        engine.pause(rule, "model", answer -> {
            if (asking != lives) {
                return; // said by an engine that was replaced meanwhile
            }
            asked.remove(rule);
            if (answer instanceof Answer.Value && !rules.contains(rule)) {
                rules.add(rule);
                ledger.log("paused " + rule);
            }
        });
    }

    void resume(EngineHost engine) {
        PauseRule rule = rules.isEmpty() ? null : rules.get(random.nextInt(rules.size()));
        if (rule != null && !asked.contains(rule)) {
            rules.remove(rule);
            ledger.log("resumed " + rule);
            engine.resume(rule, "model", answer -> {});
        }
    }

    /** Ends those, too, whose end was asked for in a life that ended before it. */
    void resumeAll(EngineHost engine, List<PauseRule> stored) {
        rules.clear();
        stored.forEach(rule -> engine.resume(rule, "model", answer -> {}));
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
