// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.SharedCounters;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link EngineModelTest} shows is only worth something if the model finds faults: six planted ones. */
class EngineModelFaultTest {
    private static final Logger logger = LoggerFactory.getLogger(EngineModelFaultTest.class);
    private static final int STEPS = 100_000;

    /** A run may end by another consequence of the fault; then the next seed goes on. */
    private static void assertFound(String name, ModelFault fault, String... violations) {
        long first = Long.getLong("refresh.model.seed", 1);
        String found = "";
        int steps = 0;
        for (long seed = first; steps < STEPS && found.isEmpty(); seed++) {
            EngineModel model = new EngineModel(seed, fault);
            model.run(STEPS - steps);
            steps += model.ledger.step;
            String violation = model.ledger.violations.isEmpty() ? "" : model.ledger.violations.get(0);
            if (Arrays.stream(violations).anyMatch(violation::contains)) {
                found = violation;
            }
            logger.info("model fault={} seed={} steps={}: {}", name, seed, steps, violation);
        }
        assertThat(found).as("%s with -Drefresh.model.seed=%d", name, first).isNotEmpty();
    }

    @Test
    void ackBeforeCommit_isFound() {
        assertFound(
                "ack before commit",
                new ModelFault() {
                    @Override
                    TaskStore store(MemoryStore memory, ModelLedger ledger) {
                        return new EarlyAnswer(memory, ledger);
                    }
                },
                "acknowledged and lost");
    }

    @Test
    void noVersionGuard_isFound() {
        assertFound(
                "no version guard",
                new ModelFault() {
                    @Override
                    TaskStore store(MemoryStore memory, ModelLedger ledger) {
                        return new NoGuard(memory);
                    }
                },
                "final did not stay final",
                "progress went back");
    }

    @Test
    void parkedWorkOvertaken_isFound() {
        assertFound(
                "parked work overtaken",
                new ModelFault() {
                    @Override
                    Coordinator coordinator(Coordinator coordinator) {
                        return new LateQueues(coordinator);
                    }
                },
                "a preload passes a refresh");
    }

    @Test
    void executionAfterPreloadRepeated_isFound() {
        assertFound(
                "execution after a preload repeated",
                new ModelFault() {
                    @Override
                    int windowEntries() {
                        return 2;
                    }
                },
                "executed again after its final report");
    }

    @Test
    void doubleCompletion_isFound() {
        assertFound(
                "double completion",
                new ModelFault() {
                    @Override
                    CompletionListener listener(CompletionListener listener, Random random) {
                        return progress -> {
                            listener.onCompletion(progress);
                            if (random.nextInt(200) == 0) {
                                listener.onCompletion(progress);
                            }
                        };
                    }
                },
                "completion told twice");
    }

    @Test
    void writeOfFencedEngine_isFound() {
        assertFound(
                "write of a fenced engine",
                new ModelFault() {
                    @Override
                    TaskStore store(MemoryStore memory, ModelLedger ledger) {
                        return new NoFence(memory, ledger);
                    }
                },
                "a fenced engine wrote");
    }

    /** Answers an insert when it is asked, and commits it with the next call: a process that dies in between loses it. */
    private static final class EarlyAnswer extends PassingStore {
        private final ModelLedger ledger;
        private final List<TaskRow> waiting = new ArrayList<>();
        private long life;

        EarlyAnswer(MemoryStore memory, ModelLedger ledger) {
            super(memory);
            this.ledger = ledger;
        }

        private void commit(EngineEpoch caller) {
            if (life == ledger.epoch() && !waiting.isEmpty()) {
                super.insert(caller, List.copyOf(waiting));
            }
            waiting.clear();
            life = ledger.epoch();
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            commit(caller);
            if (caller.epoch() != life) {
                throw new FencedException(caller, life);
            }
            if (rows.stream().anyMatch(row -> row.idempotency() != null)) {
                return super.insert(caller, rows);
            }
            waiting.addAll(rows);
            return rows.stream()
                    .<InsertOutcome>map(row -> InsertOutcome.Inserted.ONE)
                    .toList();
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> updates) {
            commit(caller);
            super.update(caller, updates);
        }
    }

    /** Takes every update, whatever its version. */
    private static final class NoGuard extends PassingStore {
        private final MemoryStore memory;

        NoGuard(MemoryStore memory) {
            super(memory);
            this.memory = memory;
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> updates) {
            super.update(caller, updates.stream().map(this::newer).toList());
        }

        private TaskUpdate newer(TaskUpdate update) {
            TaskStatus status = update.status();
            long version = memory.find(update.id())
                    .map(row -> Math.max(row.status().version() + 1, status.version()))
                    .orElse(status.version());
            return new TaskUpdate(
                    update.id(),
                    new TaskStatus(
                            version,
                            status.state(),
                            status.step(),
                            status.counts(),
                            status.owed(),
                            status.results(),
                            status.finalAt(),
                            status.settledAt()));
        }
    }

    /** Lets every life of an engine write. */
    private static final class NoFence extends PassingStore {
        private final ModelLedger ledger;

        NoFence(MemoryStore memory, ModelLedger ledger) {
            super(memory);
            this.ledger = ledger;
        }

        private EngineEpoch current(EngineEpoch caller) {
            return new EngineEpoch(caller.engine(), Math.max(1, ledger.epoch()));
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            return super.insert(current(caller), rows);
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> updates) {
            super.update(current(caller), updates);
        }
    }

    /** Says at the first questions that nothing is parked: what is new goes first. */
    private static final class LateQueues implements Coordinator, OfflineQueues {
        private final Coordinator under;
        private final OfflineQueues queues;
        private final Map<String, Integer> asked = new HashMap<>();

        LateQueues(Coordinator under) {
            this.under = under;
            queues = under.offlineQueues();
        }

        @Override
        public LeaderElection election() {
            return under.election();
        }

        @Override
        public Membership membership() {
            return under.membership();
        }

        @Override
        public OfflineQueues offlineQueues() {
            return this;
        }

        @Override
        public SharedCounters counters() {
            return under.counters();
        }

        @Override
        public void close() {
            under.close();
        }

        @Override
        public CompletionStage<Long> park(String device, List<Entry> entries) {
            return queues.park(device, entries);
        }

        @Override
        public CompletionStage<List<Entry>> drain(String device, String holder, Duration lease, int limit) {
            return asked.merge(device, 1, Integer::sum) % 3 != 0
                    ? CompletableFuture.completedStage(List.of())
                    : queues.drain(device, holder, lease, limit);
        }

        @Override
        public CompletionStage<Void> acknowledge(String device, String holder, List<Entry> entries) {
            return queues.acknowledge(device, holder, entries);
        }

        @Override
        public CompletionStage<Long> length(String device) {
            return CompletableFuture.completedStage(0L);
        }

        @Override
        public CompletionStage<Long> finish(String device, String holder) {
            return CompletableFuture.completedStage(0L);
        }

        @Override
        public CompletionStage<String> generation() {
            return queues.generation();
        }
    }
}
