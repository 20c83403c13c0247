// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskKind;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Devices that have missed something, and what is given to them bit by bit: by hand, on the caller's thread. */
class CatchUpTest {
    private static final int PRELOADS = 20;
    private static final int URLS = 50;

    private final FeedRig rig =
            new FeedRig(new FlowLimits(URLS, 16, PRELOADS, 4, Duration.ofSeconds(5), Duration.ofSeconds(30)));

    @AfterEach
    void stop() {
        rig.close();
    }

    private void preloads(long from, long to) {
        for (long id = from; id <= to; id++) {
            rig.add(id, "t", RefreshTask.preload("http://a.test/" + id), DeviceSet.of(0));
        }
    }

    private void purges(long from, long to) {
        for (long id = from; id <= to; id++) {
            rig.add(id, "t", RefreshTask.purge("http://b.test/" + id), DeviceSet.of(0));
        }
    }

    @Test
    void join_noRoomForPreloads_purgesBehindThemGoAtOnce() {
        preloads(1, 100);
        rig.run();
        purges(101, 110);
        rig.run();

        rig.join(0);

        assertThat(rig.got(0)).containsExactlyElementsOf(ids(1, PRELOADS, 101, 110));
    }

    @Test
    void run_noRoomForPreloads_purgesThatComeLaterGoAtOnceAndThePreloadsWithTheRoom() {
        preloads(1, 100);
        rig.run();
        rig.join(0);
        purges(101, 110);
        rig.run();
        assertThat(rig.got(0)).containsExactlyElementsOf(ids(1, PRELOADS, 101, 110));

        int seen = 0;
        for (int round = 0; round < 20; round++) {
            seen = rig.report(0, seen);
            rig.run();
        }

        assertThat(rig.got(0)).hasSize(110).doesNotHaveDuplicates();
        assertThat(rig.feed.live().contains(0)).isTrue();
    }

    @Test
    void join_noRoomForPurges_noPreloadPassesThem() {
        purges(1, 100);
        preloads(101, 110);
        rig.run();

        rig.join(0);
        assertThat(rig.got(0)).containsExactlyElementsOf(ids(1, URLS));
        int seen = 0;
        for (int round = 0; round < 5; round++) {
            seen = rig.report(0, seen);
            rig.run();
        }

        assertThat(rig.got(0)).containsExactlyElementsOf(ids(1, 110));
    }

    @Test
    void lookAgain_commandsUnderWay_areNotSentAgain() {
        rig.join(0);
        purges(1, 10);
        rig.run();

        rig.feed.lookAgain(0);
        rig.run();
        purges(11, 11);
        rig.run();

        assertThat(rig.got(0)).containsExactlyElementsOf(ids(1, 11));
    }

    @Test
    void reported_preloadsWaitedForIt_areSentOnceAndAlone() {
        rig.join(0, 1);
        rig.feed.earlier().add(1, RefreshTask.purge("http://c.test/x"), DeviceSet.of(0, 1));
        purges(2, 5);
        rig.add(6, "t", RefreshTask.preload("http://c.test/x"), DeviceSet.of(0, 1));
        rig.run();
        assertThat(rig.got(0)).containsExactlyElementsOf(ids(2, 5));
        assertThat(rig.got(1)).isEmpty();

        rig.feed.earlier().reported(1, 0);
        rig.run();

        assertThat(rig.got(0)).containsExactlyElementsOf(ids(2, 6));
        assertThat(rig.got(1)).isEmpty();
        rig.feed.earlier().remove(1);
        rig.run();
        assertThat(rig.got(0)).containsExactlyElementsOf(ids(2, 6));
        assertThat(rig.got(1)).containsExactly(6L);
    }

    @Test
    void reported_noRoomForThePreloadsThatWaited_theyGoWithTheRoom() {
        rig.join(0);
        rig.feed.earlier().add(1, RefreshTask.of(TaskKind.ALL, List.of()), DeviceSet.of(0));
        preloads(2, 101);
        rig.run();
        assertThat(rig.got(0)).isEmpty();

        rig.feed.earlier().reported(1, 0);
        int seen = 0;
        for (int round = 0; round < 20; round++) {
            rig.run();
            assertThat(rig.got(0).size() - seen).isLessThanOrEqualTo(PRELOADS);
            seen = rig.report(0, seen);
        }

        assertThat(rig.got(0)).hasSize(100).doesNotHaveDuplicates();
    }

    private static Iterable<Long> ids(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    private static Iterable<Long> ids(long from, long to, long from2, long to2) {
        return LongStream.concat(LongStream.rangeClosed(from, to), LongStream.rangeClosed(from2, to2))
                .boxed()
                .toList();
    }
}
