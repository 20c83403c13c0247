// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The feed on the caller's thread, over a transport that notes what each device gets. */
class FeedTest {
    private static final DeviceSet BOTH = DeviceSet.of(0, 1);

    private final WorkerPool queries = new WorkerPool("query", 16);
    private final Noting transport = new Noting();
    private Feed feed;

    @BeforeEach
    void start() {
        ManualClock clock = new ManualClock();
        AlertReporter alerts = new AlertReporter(alert -> {}, clock, Duration.ofMinutes(1));
        DeviceRegistry.Ears ears = new DeviceRegistry.Ears(alerts, new EventBus());
        DeviceRegistry devices = new DeviceRegistry(new MemoryStore(), queries, clock, ears, Duration.ofSeconds(30));
        feed = new Feed(transport, devices, 64);
        feed.queue().startInvoked();
    }

    @AfterEach
    void stop() {
        queries.stop(Duration.ofSeconds(1));
    }

    private FeedEntry append(long id) {
        Command command =
                new Command(new TaskId(id), 0, RefreshTask.purge("http://a.test/" + id), Instant.EPOCH, List.of());
        FeedEntry entry = new FeedEntry(command, BOTH);
        feed.queue().offer(new Feed.Append(entry));
        return entry;
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
    void join_afterAbsence_getsWhatIsNotReportedOrClosed() {
        FeedEntry first = append(1);
        append(2);
        FeedEntry third = append(3);
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
        FeedEntry bad = append(Noting.UNENCODABLE);
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
        append(Noting.UNENCODABLE);
        append(3);
        feed.queue().runPending();

        feed.join(1, 0, List.of());
        feed.queue().runPending();

        assertThat(transport.got(1)).containsExactly(1L, 3L);
    }

    private static final class Noting implements EngineTransport {
        static final long UNENCODABLE = 13;

        private final List<List<Long>> got = List.of(new ArrayList<>(), new ArrayList<>());

        List<Long> got(int device) {
            return got.get(device);
        }

        private record Ids(List<Long> ids) implements Frame {
            @Override
            public void retain() {}

            @Override
            public void release() {}

            @Override
            public int sizeBytes() {
                return 1;
            }
        }

        @Override
        public void start(EngineEpoch engine, Handler handler) {}

        @Override
        public Frame encode(long firstSequence, List<Command> commands) {
            List<Long> ids =
                    commands.stream().map(command -> command.id().value()).toList();
            if (ids.contains(UNENCODABLE)) {
                throw new IllegalArgumentException("frame: too large");
            }
            return new Ids(ids);
        }

        @Override
        public void publish(Frame frame, DeviceSet devices) {
            devices.forEach(device -> got.get(device).addAll(((Ids) frame).ids()));
        }

        @Override
        public void resume(int device, FrameSource source) {
            for (Frame frame = source.next(); frame != null; frame = source.next()) {
                got.get(device).addAll(((Ids) frame).ids());
            }
        }

        @Override
        public void disconnect(int device, String reason) {}

        @Override
        public void shutdown(Duration deadline) {}
    }
}
