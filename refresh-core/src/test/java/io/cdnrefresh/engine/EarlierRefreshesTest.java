// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EarlierRefreshesTest {
    private final Map<Long, List<Integer>> freed = new HashMap<>();
    private final EarlierRefreshes earlier =
            new EarlierRefreshes((preloads, devices) -> preloads.forEach(preload -> devices.forEach(
                    device -> freed.computeIfAbsent(preload.command().id().value(), id -> new ArrayList<>())
                            .add(device))));

    private boolean mustWait(long id, String url, int device) {
        Command preload = new Command(new TaskId(id), 0, RefreshTask.preload(url), Instant.EPOCH, List.of());
        return earlier.mustWait(new FeedEntry(new Push(preload, DeviceSet.of(1, 2, 3))), device);
    }

    @Test
    void mustWait_coveringRefreshIsEarlier_untilTheDeviceHasReported() {
        earlier.add(5, RefreshTask.purgePrefix("http://h.test/a/"), DeviceSet.of(1, 2));

        assertThat(mustWait(6, "http://h.test/a/x", 1)).isTrue();
        assertThat(mustWait(4, "http://h.test/a/x", 1)).as("it came before").isFalse();
        assertThat(mustWait(6, "http://h.test/b/x", 1)).as("not covered").isFalse();
        assertThat(mustWait(6, "http://h.test/a/x", 3)).as("not its device").isFalse();

        earlier.reported(5, 1);
        assertThat(freed).containsExactly(Map.entry(6L, List.of(1)));
        assertThat(mustWait(6, "http://h.test/a/x", 1)).isFalse();
        assertThat(mustWait(6, "http://h.test/a/x", 2)).isTrue();
        earlier.reported(5, 2);
        assertThat(earlier.isEmpty()).isTrue();
    }

    @Test
    void remove_preloadsWait_freesThemForTheDevicesThatAreLeft() {
        earlier.add(5, RefreshTask.purgePrefix("http://h.test/a/"), DeviceSet.of(1, 2, 3));
        mustWait(6, "http://h.test/a/x", 1);
        earlier.add(5, RefreshTask.purgePrefix("http://h.test/a/"), DeviceSet.of(1, 2));

        earlier.remove(5);

        assertThat(freed).containsExactly(Map.entry(6L, List.of(1, 2)));
        assertThat(mustWait(6, "http://h.test/a/x", 1)).isFalse();
    }

    @Test
    void mustWait_everyKind_coversWhatItSpeaksOf() {
        List<RefreshTask> all = List.of(
                RefreshTask.purge("https://h.test/a/x?y"),
                RefreshTask.of(TaskKind.HOST, List.of(Target.host("*.test"))),
                RefreshTask.of(TaskKind.TAG, List.of(Target.tag("h.test", "t"))),
                RefreshTask.of(TaskKind.REGEX, List.of(Target.regex("h.test", "x$"))),
                RefreshTask.of(TaskKind.ALL, List.of()));
        for (RefreshTask task : all) {
            earlier.add(5, task, DeviceSet.of(1));
            assertThat(mustWait(6, "http://h.test/a/x", 1))
                    .as(task.kind().name())
                    .isTrue();
            assertThat(mustWait(6, "http://other.example/a/x", 1))
                    .as(task.kind().name())
                    .isEqualTo(task.kind() == TaskKind.ALL);
            earlier.remove(5);
            assertThat(earlier.isEmpty()).isTrue();
        }
    }

    @Test
    void mustWait_deviceHasParkedWork_everyPreloadWaits() {
        earlier.parked(1);
        assertThat(mustWait(6, "http://h.test/a/x", 2)).isFalse();
        assertThat(earlier.drained(1)).as("nobody waited").isFalse();

        earlier.parked(1);
        assertThat(mustWait(6, "http://h.test/a/x", 1)).isTrue();
        assertThat(earlier.drained(1)).isTrue();
        assertThat(mustWait(6, "http://h.test/a/x", 1)).isFalse();
    }
}
