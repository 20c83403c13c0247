// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The feed on the caller's thread, over a transport that notes what each device gets. */
class FeedTest {
    private static final DeviceSet BOTH = DeviceSet.of(0, 1);

    private final FeedRig rig = new FeedRig();
    private final Feed feed = rig.feed;
    private final FeedRig transport = rig;

    @AfterEach
    void stop() {
        rig.close();
    }

    private Push append(long id) {
        Command command =
                new Command(new TaskId(id), 0, RefreshTask.purge("http://a.test/" + id), Instant.EPOCH, List.of());
        Push push = new Push(command, BOTH);
        feed.queue().offer(new Feed.Append(new FeedEntry(push)));
        return push;
    }

    @Test
    void append_liveDevices_getItOnceInOrder() {
        feed.join(0, 0, List.of());
        feed.join(1, 0, List.of());
        feed.queue().runPending();
        append(1);
        append(2);
        feed.queue().runPending();

        assertThat(transport.got(0)).containsExactly(1L, 2L);
        assertThat(transport.got(1)).containsExactly(1L, 2L);
    }

    @Test
    void withdrawn_afterItWasSent_devicesThatHaveNotReportedAreTold() {
        feed.join(0, 0, List.of());
        feed.join(1, 0, List.of());
        feed.queue().runPending();
        Push push = append(1);
        feed.queue().runPending();
        push.markReported(0);
        push.withdraw();
        feed.queue().offer(new Feed.Resend(push));
        push.close();
        feed.queue().runPending();

        assertThat(transport.got(0)).containsExactly(1L);
        assertThat(transport.got(1)).containsExactly(1L, 1L);
        assertThat(transport.commands(1).get(1).isWithdrawal()).isTrue();
    }

    @Test
    void withdrawn_beforeItWasSent_isNeverSent() {
        Push push = append(1);
        push.withdraw();
        push.close();
        feed.join(0, 0, List.of());
        feed.queue().offer(new Feed.Resend(push));
        feed.queue().runPending();

        assertThat(transport.got(0)).isEmpty();
    }

    @Test
    void join_afterAbsence_getsWhatIsNotReportedOrClosed() {
        Push first = append(1);
        append(2);
        Push third = append(3);
        append(4);
        feed.queue().runPending();
        first.markReported(0);
        third.close();

        feed.join(0, 0, List.of(new Range(2, 2)));
        feed.queue().runPending();
        append(5);
        feed.queue().runPending();

        assertThat(transport.got(0)).containsExactly(4L, 5L);
        assertThat(transport.got(1)).isEmpty();
    }

    @Test
    void append_commandThatCannotBeEncoded_isLeftOutAndTheRestGoesOn() {
        feed.join(0, 0, List.of());
        feed.queue().runPending();
        append(1);
        Push bad = append(FeedRig.UNENCODABLE);
        append(3);
        feed.queue().runPending();
        append(4);
        feed.queue().runPending();

        assertThat(transport.got(0)).containsExactly(1L, 3L, 4L);
        assertThat(bad.isClosed()).isTrue();
    }

    @Test
    void join_pastACommandThatCannotBeEncoded_getsTheRest() {
        append(1);
        append(FeedRig.UNENCODABLE);
        append(3);
        feed.queue().runPending();

        feed.join(1, 0, List.of());
        feed.queue().runPending();

        assertThat(transport.got(1)).containsExactly(1L, 3L);
    }
}
