// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.TaskStore;
import java.util.Random;

/** What is wrong with the parts that a model's engine is made of; by default nothing. */
class ModelFault {
    static final ModelFault NONE = new ModelFault();

    /** The store that the engine's calls reach. */
    TaskStore store(MemoryStore memory, ModelLedger ledger) {
        return memory;
    }

    Coordinator coordinator(Coordinator coordinator) {
        return coordinator;
    }

    CompletionListener listener(CompletionListener listener, Random random) {
        return listener;
    }

    /** How much a proxy remembers. */
    int windowEntries() {
        return 100_000;
    }
}
