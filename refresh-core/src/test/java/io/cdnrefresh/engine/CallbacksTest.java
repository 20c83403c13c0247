// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackSender;
import io.cdnrefresh.spi.CallbackSender.Reply;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.CallbackStore.Filter;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** When webhooks are posted, and by whom, with time in the hands of the test. */
class CallbacksTest {
    private static final CallbackOptions OPTIONS = CallbackOptions.DEFAULTS;

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final ManualClock clock = new ManualClock();
    private final CallbackStore store = new MemoryStore(1_000, clock).callbacks();
    private final List<Alert> raised = new ArrayList<>();
    private final AlertReporter alerts = new AlertReporter(raised::add, clock, Duration.ofSeconds(1));
    /** What was posted and is not answered. */
    private final Deque<Post> posts = new ArrayDeque<>();

    private final Callbacks first = engine();

    private record Post(CallbackSender.Request request, Consumer<Reply> done) {
        String id() {
            return request.headers().get(request.headers().indexOf("webhook-id") + 1);
        }
    }

    private Callbacks engine() {
        CallbackSender sender = (request, done) -> posts.add(new Post(request, done));
        Callbacks made = new Callbacks(new EngineSetup.Webhooks(store, sender, OPTIONS), clock, alerts);
        made.queue().startInvoked();
        return made;
    }

    private static CallbackRow row(long task, String host, ManualClock clock) {
        CallbackRow.Place place =
                new CallbackRow.Place(host, "https://" + host + "/", TRACE, new byte[] {'{', '}'}, OPTIONS.retryFor());
        return CallbackRow.pending(new TaskId(task), CallbackRow.FINAL, "", place, clock.now());
    }

    private void add(int count, String host) {
        for (int i = 0; i < count; i++) {
            store.add(List.of(
                    row(store.list(new Filter(null, null, null, 1_000)).size() + 1L, host, clock)));
        }
    }

    private void run(Callbacks engine) {
        engine.queue().runPending();
        engine.queue().runPending();
    }

    private CallbackRow only() {
        return store.list(new Filter(null, null, null, 1)).get(0);
    }

    @Test
    void engineDiesWithAPostUnderWay_anotherPostsItAfterTheClaimWithTheSameId() {
        add(1, "a:443");
        run(first);
        String id = posts.removeFirst().id();
        Callbacks second = engine();
        clock.advance(OPTIONS.timeout());
        run(second);
        assertThat(posts).as("the first may still be answered").isEmpty();
        clock.advance(Duration.ofSeconds(6));
        run(second);
        assertThat(posts).hasSize(1);
        assertThat(posts.getFirst().id()).isEqualTo(id);
        assertThat(posts.getFirst().request.headers())
                .as("the trace survives, too")
                .containsSubsequence("traceparent", TRACE);
    }

    @Test
    void receiverFails_pausesDoubleUntilTheDayIsOver() {
        add(1, "a:443");
        List<Long> pauses = new ArrayList<>();
        while (only().state() == State.PENDING) {
            run(first);
            if (!posts.isEmpty()) {
                posts.removeFirst().done.accept(new Reply(500, "", 0));
                run(first);
                pauses.add(Duration.between(clock.now(), only().dueAt()).toSeconds());
            }
            clock.advance(Duration.ofSeconds(30));
        }
        assertThat(only().state()).isEqualTo(State.DEAD);
        assertThat(pauses.get(0)).isBetween(3L, 6L);
        assertThat(pauses.get(4)).isBetween(63L, 96L);
        assertThat(pauses).allMatch(seconds -> seconds <= 4_320, "an hour and a fifth");
        assertThat(pauses).hasSizeBetween(28, 45);
        assertThat(Duration.between(only().createdAt(), clock.now()))
                .isBetween(Duration.ofHours(24), Duration.ofHours(25));
        alerts.queue().startInvoked();
        alerts.queue().runPending();
        assertThat(raised).extracting(Alert::name).contains("callback-failing", "callback-dead");
    }

    @Test
    void receiverAsksForPatience_getsIt() {
        add(1, "a:443");
        run(first);
        posts.removeFirst().done.accept(new Reply(429, "", 600));
        run(first);
        assertThat(Duration.between(clock.now(), only().dueAt())).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void oneHostNeverAnswers_hasItsShareAndNoMore() {
        add(100, "dead:443");
        add(3, "b:443");
        run(first);
        run(first);
        assertThat(posts).hasSize(OPTIONS.perHost() + 3);
        clock.advance(Duration.ofSeconds(2));
        add(1, "c:443");
        run(first);
        assertThat(posts).as("c has its turn, the dead one no more").hasSize(OPTIONS.perHost() + 4);
    }

    @Test
    void stop_whatIsUnderWay_isLeftToTheNextLife() {
        add(1, "a:443");
        run(first);
        assertThat(first.stop(Duration.ofMillis(20))).isEqualTo(1);
        assertThat(only().state()).isEqualTo(State.PENDING);
    }
}
