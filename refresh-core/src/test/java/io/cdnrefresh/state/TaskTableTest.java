// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaskTableTest {
    /** Steps of the model test; more with {@code -Drefresh.steps=}. */
    private static final int STEPS = Integer.getInteger("refresh.steps", 200_000);

    private static final int TARGETS = 3;
    private static final DeviceSet DEVICES = DeviceSet.of(0, 1, 2, 3, 64, 65, 70, 128, 129, 130, 131);

    private final long seed = Long.getLong("refresh.seed", 1);
    private final Random random = new Random(seed);
    private final TaskTable<Entry> table = new TaskTable<>();
    private final Map<Long, Plain> model = new HashMap<>();
    private final List<Long> ids = new ArrayList<>();

    /** What the table keeps in this test. */
    private static final class Entry implements TaskTable.Keyed {
        private final long id;
        private DeviceResults results = DeviceResults.pending(DEVICES, TARGETS);

        Entry(long id) {
            this.id = id;
        }

        @Override
        public long key() {
            return id;
        }
    }

    /** The same as one would write it down without thinking of memory: an outcome for each pair. */
    private static final class Plain {
        private final Outcome[][] outcomes = new Outcome[DEVICES.size()][TARGETS];
        private final boolean[] isFinished = new boolean[DEVICES.size()];

        Plain() {
            for (Outcome[] ofDevice : outcomes) {
                Arrays.fill(ofDevice, Outcome.PENDING);
            }
        }

        boolean isOwed(int device) {
            return List.of(outcomes[device]).stream().anyMatch(Outcome::isOwed);
        }

        boolean isApplied(int device) {
            return List.of(outcomes[device]).stream().allMatch(Outcome::isApplied);
        }

        void report(int device, Report report) {
            boolean isBetter = report.isFinal()
                    && (isOwed(device)
                            ? keepsApplied(device, report)
                            : isApplied(device) && report.outcome().isApplied());
            if (isFinished[device] && !isBetter) {
                return;
            }
            Arrays.fill(outcomes[device], report.outcome());
            report.exceptions().forEach(e -> outcomes[device][e.target()] = e.outcome());
            isFinished[device] = report.isFinal();
        }

        private boolean keepsApplied(int device, Report report) {
            Outcome[] after = new Outcome[TARGETS];
            Arrays.fill(after, report.outcome());
            report.exceptions().forEach(e -> after[e.target()] = e.outcome());
            for (int target = 0; target < TARGETS; target++) {
                if (outcomes[device][target].isApplied() && !after[target].isApplied()) {
                    return false;
                }
            }
            return true;
        }

        void giveUp() {
            for (int device = 0; device < outcomes.length; device++) {
                for (int target = 0; target < TARGETS && !isFinished[device]; target++) {
                    Outcome outcome = outcomes[device][target];
                    if (outcome == Outcome.PENDING || outcome == Outcome.PARKED) {
                        outcomes[device][target] = Outcome.TIMEOUT;
                    }
                }
                isFinished[device] = true;
            }
        }

        void forgive() {
            for (int device = 0; device < outcomes.length; device++) {
                if (!isOwed(device)) {
                    continue;
                }
                for (int target = 0; target < TARGETS; target++) {
                    if (outcomes[device][target].isOwed()) {
                        outcomes[device][target] = Outcome.CANCELLED;
                    }
                }
                isFinished[device] = true;
            }
        }
    }

    @Test
    void randomOperations_againstPlainObjects_neverDiffer() {
        for (int step = 0; step < STEPS; step++) {
            int what = random.nextInt(100);
            if (ids.isEmpty() || what < growth(step)) {
                enter();
            } else if (what < 40) {
                leave();
            } else {
                long id = ids.get(random.nextInt(ids.size()));
                Entry entry = entry(id);
                Plain plain = model.getOrDefault(id, new Plain());
                change(entry, plain, what);
                assertSame(entry.results, plain);
            }
            assertThat(table.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            if (step % 10_000 == 0) {
                assertVisitsAll();
            }
        }
        assertVisitsAll();
    }

    /** The table grows and shrinks in waves, so that regions do, too. */
    private static int growth(int step) {
        return step / 20_000 % 2 == 0 ? 35 : 10;
    }

    private Entry entry(long id) {
        Entry entry = table.get(id);
        if (entry == null) {
            throw new AssertionError("task " + id + " is lost, seed " + seed);
        }
        return entry;
    }

    private void enter() {
        // neighbouring ids as the generator gives them, and any others
        long id = random.nextBoolean() ? random.nextLong() >>> 1 : (1L << 40) + random.nextInt(1 << 14);
        boolean isNew = table.put(new Entry(id));
        assertThat(isNew).as("seed %d", seed).isEqualTo(!model.containsKey(id));
        if (isNew) {
            model.put(id, new Plain());
            ids.add(id);
        }
    }

    private void leave() {
        int at = random.nextInt(ids.size());
        long id = ids.get(at);
        ids.set(at, ids.get(ids.size() - 1));
        ids.remove(ids.size() - 1);
        model.remove(id);
        assertThat(table.remove(id)).as("seed %d", seed).isTrue();
        assertThat(table.get(id)).as("seed %d", seed).isNull();
        assertThat(table.remove(id)).as("seed %d", seed).isFalse();
    }

    private void change(Entry entry, Plain plain, int what) {
        if (what < 95) {
            int device = random.nextInt(DEVICES.size());
            Report report = report(entry.id);
            entry.results.apply(device, report);
            plain.report(device, report);
        } else if (what == 95) {
            entry.results.giveUp(Outcome.TIMEOUT);
            plain.giveUp();
        } else if (what == 96) {
            entry.results.forgive();
            plain.forgive();
        } else {
            entry.results = DeviceResults.fromBytes(DEVICES, TARGETS, entry.results.toBytes());
        }
    }

    private Report report(long id) {
        List<TargetResult> exceptions = new ArrayList<>();
        for (int target = 0; target < TARGETS; target++) {
            if (random.nextInt(8) == 0) {
                exceptions.add(new TargetResult(target, outcome(), ""));
            }
        }
        return new Report(new TaskId(id), 0, 1, random.nextBoolean(), outcome(), exceptions, Instant.EPOCH);
    }

    private Outcome outcome() {
        return Outcome.ofCode(random.nextInt(Outcome.values().length));
    }

    private void assertSame(DeviceResults results, Plain plain) {
        long[] counts = new long[Outcome.values().length];
        int finished = 0;
        int owed = 0;
        int applied = 0;
        for (int device = 0; device < plain.outcomes.length; device++) {
            for (Outcome outcome : plain.outcomes[device]) {
                counts[outcome.code()]++;
            }
            finished += plain.isFinished[device] ? 1 : 0;
            owed += plain.isOwed(device) ? 1 : 0;
            applied += plain.isApplied(device) ? 1 : 0;
            assertThat(results.isFinished(device)).as("seed %d", seed).isEqualTo(plain.isFinished[device]);
            assertThat(results.isOwed(device)).as("seed %d", seed).isEqualTo(plain.isOwed(device));
        }
        assertThat(results.counts().toArray()).as("seed %d", seed).isEqualTo(counts);
        assertThat(results.finished()).as("seed %d", seed).isEqualTo(finished);
        assertThat(results.owed()).as("seed %d", seed).isEqualTo(owed);
        assertThat(results.satisfied(Outcome::isApplied)).as("seed %d", seed).isEqualTo(applied);
    }

    private void assertVisitsAll() {
        Set<Long> seen = new HashSet<>();
        int lanes = 1 << random.nextInt(7);
        for (int lane = 0; lane < lanes; lane++) {
            int own = lane;
            table.forEach(lane, lanes, entry -> {
                assertThat(Regions.share(Regions.of(entry.id), lanes)).isEqualTo(own);
                assertThat(seen.add(entry.id)).as("seed %d", seed).isTrue();
            });
        }
        assertThat(seen).as("seed %d", seed).isEqualTo(model.keySet());
    }

    @Test
    void forEach_visitorRemovesWhatItIsGiven_visitsEachOnce() {
        for (long id = 1; id <= 5_000; id++) {
            table.put(new Entry(id));
        }
        Set<Long> seen = new HashSet<>();
        table.forEach(0, 1, entry -> {
            assertThat(seen.add(entry.id)).isTrue();
            table.remove(entry.id);
        });
        assertThat(seen).hasSize(5_000);
        assertThat(table.size()).isZero();
    }
}
