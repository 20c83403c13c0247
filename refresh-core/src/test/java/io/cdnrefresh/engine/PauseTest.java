// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.RegistryChange.PausePut;
import io.cdnrefresh.spi.RegistryChange.PauseRemoved;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What pauses hold back in the feed, and how it goes on. */
class PauseTest {
    private static final PauseRule TENANT = new PauseRule("t", null, null, null);

    private final FeedRig rig = new FeedRig();

    @AfterEach
    void stop() {
        rig.close();
    }

    private static RefreshTask purge(String host, long id) {
        return RefreshTask.purge("http://" + host + "/" + id);
    }

    private void pause(PauseRule rule) {
        rig.change(List.of(new PausePut(rule)));
        rig.run();
    }

    private void resume(PauseRule rule) {
        rig.change(List.of(new PauseRemoved(rule)));
        rig.run();
    }

    @Test
    void pause_tenant_holdsItsTasksAndNobodyElses_resumeGoesOnInOrder() {
        rig.join(0, 1, 2);
        pause(TENANT);
        for (long id = 1; id <= 3; id++) {
            rig.add(id, "t", purge("a.test", id));
        }
        rig.add(4, "u", purge("a.test", 4));
        rig.run();
        assertThat(rig.got(0)).containsExactly(4L);

        resume(TENANT);

        assertThat(rig.got(0)).containsExactly(4L, 1L, 2L, 3L);
        assertThat(rig.got(2)).containsExactly(4L, 1L, 2L, 3L);
    }

    @Test
    void pause_typeAndId_holdWhatTheyName() {
        rig.join(0);
        pause(new PauseRule(null, TaskKind.PREFIX, null, null));
        pause(new PauseRule(null, null, null, new TaskId(3)));
        rig.add(1, "t", RefreshTask.purgePrefix("http://a.test/x/"));
        rig.add(2, "t", purge("a.test", 2));
        rig.add(3, "t", purge("a.test", 3));
        rig.run();

        assertThat(rig.got(0)).containsExactly(2L);
    }

    @Test
    void pause_purges_aPreloadOfTheSameHostWaitsBehindThem() {
        rig.join(0);
        PauseRule purges = new PauseRule(null, TaskKind.URL, null, null);
        pause(purges);
        rig.add(1, "t", purge("a.test", 1));
        rig.add(2, "t", RefreshTask.preload("http://a.test/1"));
        rig.add(3, "t", RefreshTask.preload("http://b.test/1"));
        rig.run();
        assertThat(rig.got(0)).containsExactly(3L);

        resume(purges);

        assertThat(rig.got(0)).containsExactly(3L, 1L, 2L);
    }

    @Test
    void pause_group_holdsOnlyItsDevices() {
        rig.join(0, 1, 2);
        PauseRule group = new PauseRule(null, null, "g1", null);
        pause(group);
        rig.add(1, "t", purge("a.test", 1));
        rig.add(2, "t", purge("a.test", 2));
        rig.run();
        assertThat(rig.got(0)).containsExactly(1L, 2L);
        assertThat(rig.got(1)).isEmpty();

        resume(group);

        assertThat(rig.got(0)).containsExactly(1L, 2L);
        assertThat(rig.got(1)).containsExactly(1L, 2L);
        assertThat(rig.got(2)).containsExactly(1L, 2L);
    }

    @Test
    void pause_deviceReturnsMeanwhile_getsTheRestAndWhatWasHeldAfterTheResume() {
        rig.join(0);
        rig.add(1, "t", purge("a.test", 1));
        rig.add(2, "u", purge("b.test", 2));
        rig.add(3, "u", RefreshTask.preload("http://a.test/1"));
        rig.run();
        pause(TENANT);

        rig.join(1);
        assertThat(rig.got(1))
                .as("the preload stays behind the purge that is held back")
                .containsExactly(2L);
        rig.add(4, "u", RefreshTask.preload("http://a.test/2"));
        rig.add(5, "u", purge("b.test", 5));
        rig.run();
        assertThat(rig.got(1)).containsExactly(2L, 5L);
        rig.feed.leave(1);
        // its hello speaks of a cursor behind what it has never seen
        rig.feed.join(1, 6, List.of());
        rig.run();
        resume(TENANT);

        assertThat(rig.got(1)).contains(1L, 3L, 4L);
        assertThat(rig.got(1).indexOf(1L)).isLessThan(rig.got(1).indexOf(3L));
        assertThat(rig.got(0)).contains(1L, 2L, 3L, 4L, 5L).doesNotHaveDuplicates();
    }

    @Test
    void pause_taskIsCancelledMeanwhile_isNotPushedAtTheResume() {
        rig.join(0);
        pause(TENANT);
        Push cancelled = rig.add(1, "t", purge("a.test", 1));
        rig.add(2, "t", purge("a.test", 2), DeviceSet.of(0));
        rig.run();
        cancelled.close();

        resume(TENANT);

        assertThat(rig.got(0)).containsExactly(2L);
        assertThat(rig.feed.waitingEntries()).isZero();
    }
}
