// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeviceResultsTest {
    private static final RefreshTask TASK = RefreshTask.purge("http://a.test/1", "http://a.test/2", "http://a.test/3");
    private static final DeviceSet DEVICES = DeviceSet.of(0, 1, 2, 3, 70);

    private static Report report(boolean isFinal, Outcome outcome, TargetResult... exceptions) {
        return new Report(new TaskId(1), 0, 1, isFinal, outcome, List.of(exceptions), Instant.EPOCH);
    }

    @Test
    void apply_finalStays_exceptWhatWasOwedOrOnlyApplied() {
        DeviceResults results = DeviceResults.pending(DEVICES, 3);
        assertThat(results.apply(0, report(false, Outcome.PURGED))).isTrue();
        assertThat(results.isApplied(0)).isTrue();
        assertThat(results.isSatisfied(0, TASK::isSatisfiedBy)).isFalse();
        assertThat(results.apply(0, report(true, Outcome.VERIFIED))).isTrue();
        assertThat(results.apply(0, report(true, Outcome.FAILED))).isFalse();
        assertThat(results.isSatisfied(0, TASK::isSatisfiedBy)).isTrue();

        assertThat(results.apply(1, report(true, Outcome.FAILED))).isTrue();
        assertThat(results.isOwed(1)).isTrue();
        assertThat(results.apply(1, report(true, Outcome.VERIFIED))).isTrue();
        assertThat(results.isOwed(1)).isFalse();
        assertThat(results.finished()).isEqualTo(2);
    }

    @Test
    void apply_owedAskedAgain_neverTakesBackWhatIsApplied() {
        DeviceResults results = DeviceResults.pending(DEVICES, 3);
        results.apply(0, report(false, Outcome.VERIFIED, new TargetResult(1, Outcome.PENDING, "")));
        results.giveUp(Outcome.TIMEOUT);
        assertThat(results.isOwed(0)).isTrue();

        assertThat(results.apply(0, report(true, Outcome.FAILED))).isFalse();
        assertThat(results.apply(0, report(true, Outcome.VERIFIED, new TargetResult(1, Outcome.FAILED, ""))))
                .isTrue();
        assertThat(results.apply(0, report(true, Outcome.VERIFIED))).isTrue();
        assertThat(results.isOwed(0)).isFalse();
    }

    @Test
    void giveUp_keepsWhatIsApplied_forgiveKeepsWhatIsProven() {
        DeviceResults results = DeviceResults.pending(DEVICES, 3);
        results.apply(0, report(false, Outcome.VERIFIED, new TargetResult(1, Outcome.FAILED, "reset")));
        results.giveUp(Outcome.TIMEOUT);
        assertThat(results.finished()).isEqualTo(5);
        assertThat(results.counts().of(Outcome.VERIFIED)).isEqualTo(2);
        assertThat(results.counts().of(Outcome.FAILED)).isEqualTo(1);
        assertThat(results.counts().of(Outcome.TIMEOUT)).isEqualTo(12);
        assertThat(results.owed()).isEqualTo(5);

        results.forgive(0);
        assertThat(results.counts().of(Outcome.VERIFIED)).isEqualTo(2);
        assertThat(results.counts().of(Outcome.CANCELLED)).isEqualTo(1);
        assertThat(results.owed()).isEqualTo(4);
    }

    @Test
    void apply_exceptionBeyondTheTargets_isIgnored() {
        DeviceResults results = DeviceResults.pending(DEVICES, 3);
        assertThat(results.apply(0, report(true, Outcome.VERIFIED, new TargetResult(3, Outcome.FAILED, ""))))
                .isFalse();
    }

    @Test
    void toBytes_randomResults_comeBackEqual() {
        long seed = Long.getLong("refresh.seed", 1);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            DeviceResults results = DeviceResults.pending(DEVICES, 3);
            for (int i = random.nextInt(12); i > 0; i--) {
                List<TargetResult> exceptions = new ArrayList<>();
                for (int target = 0; target < 3; target++) {
                    if (random.nextInt(4) == 0) {
                        exceptions.add(new TargetResult(target, Outcome.ofCode(random.nextInt(14)), "ä" + target));
                    }
                }
                results.apply(
                        random.nextInt(5),
                        report(
                                random.nextBoolean(),
                                Outcome.ofCode(random.nextInt(14)),
                                exceptions.toArray(TargetResult[]::new)));
            }
            DeviceResults back = DeviceResults.fromBytes(DEVICES, 3, results.toBytes());
            assertThat(back.counts()).as("seed %d", seed).isEqualTo(results.counts());
            assertThat(back.finished()).as("seed %d", seed).isEqualTo(results.finished());
            for (int i = 0; i < 5; i++) {
                assertThat(back.outcome(i)).as("seed %d", seed).isEqualTo(results.outcome(i));
                assertThat(back.exceptions(i)).as("seed %d", seed).isEqualTo(results.exceptions(i));
            }
        }
    }

    @Test
    void fromBytes_garbage_isRefused() {
        assertThatThrownBy(() -> DeviceResults.fromBytes(DEVICES, 3, new byte[] {2}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeviceResults.fromBytes(DEVICES, 3, new byte[] {1, 4, 0}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeviceResults.fromBytes(DEVICES, 3, new byte[] {1, 9, 0}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
