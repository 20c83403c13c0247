// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.testkit.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeedLogTest {
    private static final int MANY = 100_000;
    private static final DeviceSet DEVICES = DeviceSet.of(0);

    private final ManualClock clock = new ManualClock();
    private final FlowControl flow = new FlowControl(clock, FlowLimits.DEFAULTS);
    private final FeedLog log = new FeedLog();
    private final List<Push> pushes = new ArrayList<>();

    private void append() {
        RefreshTask task = RefreshTask.purge("http://a.test/x");
        Command command = new Command(new TaskId(pushes.size() + 1), 0, task, clock.now(), List.of());
        Push push = new Push(command, DEVICES);
        pushes.add(push);
        assertThat(log.append(new FeedEntry(push), flow)).isEqualTo(pushes.size());
    }

    @Test
    void trim_closedBehindAnOpenOne_leaveAsMemoryWithinSomeCalls() {
        for (int i = 0; i < MANY; i++) {
            append();
        }
        pushes.subList(1, MANY).forEach(Push::close);
        int held = log.trim();
        assertThat(held).as("a call looks at some only").isBetween(2, MANY);
        for (int call = 0; call < 10; call++) {
            held = log.trim();
        }
        assertThat(held).isEqualTo(1);
        assertThat(log.head()).isEqualTo(1);
        pushes.get(0).close();
        assertThat(log.trim()).isZero();
        assertThat(log.head()).isEqualTo(log.next());
    }

    @Test
    void append_closedInOrder_reusesTheirPlaces() {
        for (int i = 0; i < MANY; i++) {
            append();
            pushes.get(i).close();
        }
        assertThat(log.head()).isGreaterThan(MANY - 2_000);
    }

    @Test
    void get_anyOrderOfAppendCloseAndTrim_knowsTheOpenOnes() {
        Random random = new Random(4);
        for (int step = 0; step < MANY; step++) {
            int dice = random.nextInt(10);
            if (dice < 5 || pushes.isEmpty()) {
                append();
            } else if (dice < 9) {
                pushes.get(random.nextInt(pushes.size())).close();
            } else if (step % 97 == 0) {
                log.trim();
            }
        }
        int open = 0;
        for (int i = 0; i < pushes.size(); i++) {
            FeedEntry entry = log.get(i + 1);
            assertThat(entry == null).isEqualTo(pushes.get(i).isClosed());
            open += entry == null ? 0 : 1;
        }
        for (int call = 0; call < 10; call++) {
            log.trim();
        }
        assertThat(log.trim()).isEqualTo(open);
    }
}
