// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.RefreshTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who goes before whom in the feed; counted in commands, not in time. */
class FeedFairnessTest {
    private static final FlowLimits SMALL =
            new FlowLimits(100, 10, 10, 10, Duration.ofSeconds(5), Duration.ofSeconds(30));

    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BULK);

    private final FeedRig rig = new FeedRig(SMALL);

    @AfterEach
    void stop() {
        rig.close();
    }

    private static RefreshTask url(String host, long id) {
        return RefreshTask.purge("http://" + host + "/" + id);
    }

    private void reportAll(int device) {
        int reported = 0;
        while (reported < rig.commands(device).size()) {
            reported = rig.report(device, reported);
            rig.run();
        }
    }

    @Test
    void add_floodOfAMillionUrls_anotherTenantsUrlGoesWithinOneQuantum() {
        FeedRig flooded = new FeedRig();
        DeviceSet one = DeviceSet.of(0);
        flooded.join(0);
        String[] urls = new String[100];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = "http://a.test/" + i;
        }
        for (long id = 1; id <= 10_000; id++) {
            flooded.add(id, "flood", RefreshTask.purge(bigger(urls, id)), one);
        }
        flooded.run();
        int before = flooded.commands(0).size();
        flooded.add(2_000_000, "other", url("b.test", 1), one);
        flooded.run();
        flooded.report(0, 0);
        flooded.run();

        int limit = FlowLimits.DEFAULTS.urls();
        assertThat(before * 100).isBetween(limit, limit + 100);
        int passed = flooded.got(0).indexOf(2_000_000L) - before;
        assertThat(passed * 100).isBetween(0, TenantQueue.QUANTUM + 100);
        assertThat(flooded.feed.waitingEntries()).isGreaterThan(9_000);
        flooded.close();
    }

    @Test
    void add_deviceFullOfOneTenantsWork_anotherTenantsUrlGoesAtOnce() {
        FeedRig flooded = new FeedRig();
        DeviceSet one = DeviceSet.of(0);
        flooded.join(0);
        int limit = FlowLimits.DEFAULTS.urls();
        for (long id = 1; id <= limit + 1_000; id++) {
            flooded.add(id, "flood", url("a.test", id), one);
        }
        flooded.run();
        assertThat(flooded.commands(0)).hasSize(limit);

        flooded.add(2_000_000, "other", url("b.test", 1), one);
        flooded.run();

        assertThat(flooded.got(0)).hasSize(limit + 1).endsWith(2_000_000L);
        flooded.close();
    }

    @Test
    void add_deviceFullAndManyTenantsWithOneUrl_goUntilItIsBrimful() {
        DeviceSet one = DeviceSet.of(0);
        rig.join(0);
        for (long id = 1; id <= 200; id++) {
            rig.add(id, "flood", url("a.test", id), one);
        }
        rig.run();
        for (long id = 1_001; id <= 1_050; id++) {
            rig.add(id, "t" + id, url("b.test", id), one);
        }
        rig.run();
        assertThat(rig.got(0)).hasSize(112).endsWith(1_012L);
        rig.add(1_051, "t1001", url("b.test", 1_051), one); // has had its share of this second

        for (long id = 1; id <= 11; id++) {
            rig.reportTask(0, id);
        }
        rig.run();
        assertThat(rig.got(0)).hasSize(112);
        rig.reportTask(0, 12);
        rig.run();
        assertThat(rig.got(0)).hasSize(124).endsWith(1_024L);

        reportAll(0);
        assertThat(rig.got(0)).hasSize(251).doesNotHaveDuplicates();
        assertThat(rig.flow.underWay(0)).isZero();
    }

    @Test
    void add_manyTenantsWithWork_shareByTheNumberOfTargets() {
        rig.join(0);
        rig.add(1, "first", url("f.test", 1), DeviceSet.of(0));
        String[] many = new String[50];
        for (int i = 0; i < many.length; i++) {
            many[i] = "http://big.test/" + i;
        }
        for (long id = 100; id < 200; id++) {
            rig.add(id, "big", RefreshTask.purge(bigger(many, id)), DeviceSet.of(0));
        }
        for (long id = 1_000; id < 6_000; id++) {
            rig.add(id, "small", url("s.test", id), DeviceSet.of(0));
        }
        rig.run();
        reportAll(0);

        List<Long> got = rig.got(0);
        assertThat(got).hasSize(5_101).doesNotHaveDuplicates();
        int half = got.indexOf(150L);
        long smallBefore =
                got.subList(0, half).stream().filter(id -> id >= 1_000).count();
        // fifty of the big ones are 2,500 targets: as many of the small tenant's have gone, but for two quanta
        assertThat(smallBefore).isBetween(2_500L - 2 * 64 - 50, 2_500L + 2 * 64 + 50);
    }

    private static String[] bigger(String[] urls, long id) {
        String[] own = urls.clone();
        own[0] = own[0] + "-" + id;
        return own;
    }

    @Test
    void add_priorities_urgentBeforeNormalBeforeBulkOfTheSameTenant() {
        rig.join(0);
        for (long id = 1; id <= 300; id++) {
            rig.add(id, "t", url("a.test", id), DeviceSet.of(0));
        }
        rig.run();
        rig.add(1_001, "t", FeedRig.of(Priority.BULK, url("a.test", 1_001)), DeviceSet.of(0));
        rig.add(1_002, "t", url("a.test", 1_002), DeviceSet.of(0));
        rig.add(1_003, "t", FeedRig.of(Priority.URGENT, url("a.test", 1_003)), DeviceSet.of(0));
        reportAll(0);

        List<Long> got = rig.got(0);
        assertThat(got.indexOf(1_003L)).isEqualTo(100);
        assertThat(got.indexOf(1_002L)).isGreaterThan(got.indexOf(300L));
        assertThat(got.indexOf(1_001L)).isEqualTo(302);
    }

    @Test
    void add_preloadsAmongRefreshes_neverPassAnEarlierOneOfTheirHost() {
        long seed = Long.getLong("refresh.seed", 1);
        SplittableRandom random = new SplittableRandom(seed);
        rig.join(0, 1);
        List<Long> order = new ArrayList<>();
        int[] reported = new int[2];
        for (long id = 1; id <= 5_000; id++) {
            rig.add(id, "t" + random.nextInt(3), task(random), DeviceSet.of(0, 1));
            order.add(id);
            if (random.nextInt(40) == 0) {
                rig.run();
                int device = random.nextInt(2);
                reported[device] = rig.report(device, reported[device]);
            }
        }
        for (int device = 0; device < 2; device++) {
            for (int last = -1; last < rig.commands(device).size(); ) {
                last = rig.commands(device).size();
                for (int each = 0; each < 2; each++) {
                    reported[each] = rig.report(each, reported[each]);
                }
                rig.run();
            }
        }

        for (int device = 0; device < 2; device++) {
            List<io.cdnrefresh.model.Command> got = rig.commands(device);
            assertThat(everything(got)).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(order);
            assertOrder(got, seed);
        }
    }

    private static RefreshTask task(SplittableRandom random) {
        String host = "h" + random.nextInt(5) + ".test";
        Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
        RefreshTask task = switch (random.nextInt(6)) {
            case 0 -> RefreshTask.preload("http://" + host + "/" + random.nextInt(20));
            case 1 -> RefreshTask.purgePrefix("http://" + host + "/" + random.nextInt(20) + "/");
            default -> RefreshTask.purge("http://" + host + "/" + random.nextInt(20));
        };
        return FeedRig.of(priority, task);
    }

    private static List<Long> everything(List<io.cdnrefresh.model.Command> commands) {
        List<Long> all = new ArrayList<>();
        for (var command : commands) {
            all.add(command.id().value());
            command.also().forEach(name -> all.add(name.id().value()));
        }
        return all;
    }

    private static void assertOrder(List<io.cdnrefresh.model.Command> got, long seed) {
        for (int i = 0; i < got.size(); i++) {
            var preload = got.get(i);
            if (preload.task().kind().isRefresh()) {
                continue;
            }
            String host = preload.task().targets().get(0).host();
            for (int j = i + 1; j < got.size(); j++) {
                var later = got.get(j);
                if (later.task().kind().isRefresh()
                        && later.task().targets().get(0).host().equals(host)) {
                    // no submitter of a refresh that goes after the preload came before it
                    assertThat(everything(List.of(later)))
                            .as("seed %s, after preload %s", seed, preload.id())
                            .allMatch(id -> id > preload.id().value());
                }
            }
        }
    }

    @Test
    void add_deviceWithoutAnswers_holdsTheOthersUpUntilItIsSlow() {
        rig.join(0, 1);
        for (long id = 1; id <= 1_000; id++) {
            rig.add(id, "t", url("a.test", id), DeviceSet.of(0, 1));
        }
        rig.run();
        reportAll(0);
        int stopped = rig.commands(0).size();
        assertThat(stopped).isEqualTo(100);

        rig.clock.advance(Duration.ofSeconds(6));
        rig.feed.tick();
        rig.run();
        reportAll(0);

        assertThat(rig.flow.isSlow(1)).isTrue();
        assertThat(rig.got(0)).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(rig.commands(1)).hasSize(100);
    }

    @Test
    void tick_slowDeviceAnswersAgain_getsEverythingInOrderAndIsFastAfterAWhile() {
        rig.join(0, 1);
        for (long id = 1; id <= 1_000; id++) {
            rig.add(id, "t", url("a.test", id), DeviceSet.of(0, 1));
        }
        rig.run();
        rig.clock.advance(Duration.ofSeconds(6));
        reportAll(0);
        rig.feed.tick();
        rig.run();
        reportAll(0);

        reportAll(1);
        assertThat(rig.got(1)).hasSize(1_000).isSorted();
        assertThat(rig.flow.underWay(1)).isZero();
        rig.clock.advance(Duration.ofSeconds(20));
        rig.feed.tick();
        assertThat(rig.flow.isSlow(1)).isTrue();
        rig.clock.advance(Duration.ofSeconds(20));
        rig.feed.tick();
        rig.run();
        assertThat(rig.flow.isSlow(1)).isFalse();

        rig.add(2_000, "t", url("a.test", 2_000), DeviceSet.of(0, 1));
        rig.run();
        assertThat(rig.got(1)).endsWith(2_000L);
        assertThat(rig.feed.live().contains(1)).isTrue();
    }

    @Test
    void close_commandsUnderWay_makesRoomAgain() {
        rig.join(0);
        List<Push> pushes = new ArrayList<>();
        for (long id = 1; id <= 1_000; id++) {
            pushes.add(rig.add(id, "t", url("a.test", id), DeviceSet.of(0)));
        }
        rig.run();
        assertThat(rig.got(0)).hasSize(100);

        pushes.subList(0, 999).forEach(Push::close);
        rig.run();

        assertThat(rig.got(0)).endsWith(1_000L);
        assertThat(rig.flow.underWay(0)).isEqualTo(1);
    }
}
