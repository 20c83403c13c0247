// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.Verify;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Equal purges that wait become one command. */
class MergeTest {
    private static final RefreshTask PURGE = RefreshTask.purge("http://a.test/x");
    private static final RefreshTask PRELOAD = RefreshTask.preload("http://a.test/x");
    private static final FlowLimits ONE = new FlowLimits(1, 1, 1, 1, Duration.ofSeconds(5), Duration.ofSeconds(30));

    private final FeedRig rig = new FeedRig(ONE);

    @AfterEach
    void stop() {
        rig.close();
    }

    /** Fills the device's room, so that what comes waits. */
    private void fill() {
        rig.join(0);
        rig.add(1, "t", RefreshTask.purge("http://fill.test/"), DeviceSet.of(0));
        rig.run();
    }

    private Push add(long id, RefreshTask task) {
        return rig.add(id, "t", task, DeviceSet.of(0));
    }

    private void goOn() {
        for (int from = 0; from < rig.commands(0).size(); ) {
            from = rig.report(0, from);
            rig.run();
        }
    }

    private Command last() {
        return rig.commands(0).get(rig.commands(0).size() - 1);
    }

    @Test
    void add_equalPurgesWait_becomeTheYoungestWithTheLaterDeadline() {
        fill();
        add(5, PURGE);
        add(7, PURGE);
        add(6, PURGE);
        goOn();

        assertThat(rig.got(0)).containsExactly(1L, 7L);
        assertThat(last().also())
                .containsExactlyInAnyOrder(new Command.Name(new TaskId(5), 0), new Command.Name(new TaskId(6), 0));
        assertThat(last().deadline()).isEqualTo(Instant.EPOCH.plusSeconds(7));
        assertThat(rig.feed.merged().merged()).isEqualTo(2);
    }

    @Test
    void add_firstWasSent_staysAlone() {
        rig.join(0);
        add(5, PURGE);
        rig.run();
        add(6, PURGE);
        goOn();

        assertThat(rig.got(0)).containsExactly(5L, 6L);
        assertThat(last().also()).isEmpty();
    }

    @Test
    void add_otherOptionsTenantOrDevices_staysAlone() {
        fill();
        add(5, PURGE);
        add(6, PURGE.withOptions(PURGE.options().toBuilder().verify(Verify.NONE).build()));
        rig.add(7, "other", PURGE, DeviceSet.of(0));
        rig.add(8, "t", PURGE, FeedRig.ALL);
        goOn();

        assertThat(rig.got(0)).containsExactlyInAnyOrder(1L, 5L, 6L, 7L, 8L);
    }

    @Test
    void add_preloadBetween_isNotMergedAcross() {
        fill();
        add(5, PURGE);
        add(6, PRELOAD);
        add(7, PURGE);
        add(8, PURGE);
        goOn();

        assertThat(rig.got(0)).containsExactlyInAnyOrder(1L, 5L, 6L, 8L);
        assertThat(rig.got(0).indexOf(5L)).isLessThan(rig.got(0).indexOf(6L));
        Command second = rig.commands(0).get(rig.got(0).indexOf(8L));
        assertThat(second.also()).containsExactly(new Command.Name(new TaskId(7), 0));
    }

    @Test
    void expand_stepWasPushedAgainAndMergedWithAnother_reportIsEverySubmitters() {
        fill();
        Push five = add(5, PURGE);
        add(7, PURGE);
        goOn();
        Push six = add(6, PURGE);
        Push again = add(7, PURGE);
        goOn();
        rig.feed.onIdle();
        Report report = new Report(new TaskId(7), 0, 2, true, Outcome.PURGED, List.of(), Instant.EPOCH);

        assertThat(rig.feed.merged().expand(List.of(report)))
                .extracting(named -> named.task().value())
                .containsExactlyInAnyOrder(5L, 6L, 7L);
        six.close();
        again.close();
        rig.feed.onIdle();
        assertThat(rig.feed.merged().expand(List.of(report)))
                .extracting(named -> named.task().value())
                .containsExactlyInAnyOrder(5L, 7L);
        assertThat(five.isClosed()).isFalse();
    }

    @Test
    void expand_reportOfMergedCommand_isEverySubmittersUntilNobodyWants() {
        fill();
        Push first = add(5, PURGE);
        Push second = add(6, PURGE);
        rig.reportTask(0, 1);
        rig.run();
        Report report = new Report(new TaskId(6), 0, 2, true, Outcome.PURGED, List.of(), Instant.EPOCH);

        assertThat(rig.feed.merged().expand(List.of(report)))
                .extracting(each -> each.task().value())
                .containsExactly(5L, 6L);
        first.close();
        second.close();
        rig.run();
        assertThat(rig.feed.merged().expand(List.of(report))).containsExactly(report);
    }

    @Test
    void close_oneOfTheSubmitters_theOthersAreServed() {
        fill();
        Push first = add(5, PURGE);
        Push second = add(6, PURGE);
        second.close();
        goOn();

        assertThat(rig.got(0)).containsExactly(1L, 6L);
        assertThat(rig.flow.underWay(0)).isZero();
        assertThat(first.isWantedBy(0)).isFalse();
    }

    @Test
    void close_allSubmitters_nothingIsSent() {
        fill();
        add(5, PURGE).close();
        add(6, PURGE).close();
        goOn();

        assertThat(rig.got(0)).containsExactly(1L);
    }

    @Test
    void resend_ofAnySubmitter_asksForTheMergedCommandAgain() {
        fill();
        Push first = add(5, PURGE);
        add(6, PURGE);
        rig.reportTask(0, 1);
        rig.run();
        assertThat(rig.got(0)).containsExactly(1L, 6L);

        rig.feed.queue().offer(new Feed.Resend(first));
        rig.run();
        assertThat(rig.got(0)).containsExactly(1L, 6L, 6L);

        rig.reportTask(0, 5);
        rig.reportTask(0, 6);
        rig.feed.queue().offer(new Feed.Resend(first));
        rig.run();
        assertThat(rig.got(0)).hasSize(3);
    }
}
