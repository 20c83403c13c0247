// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.ConfigEvent;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.model.LeaderEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bus on the caller's thread. */
class EventBusTest {
    private static final EngineEvent LEADER = new LeaderEvent(true, 7);

    private final EventBus bus = new EventBus();
    private final List<EngineEvent> seen = new ArrayList<>();

    @BeforeEach
    void start() {
        bus.queue().startInvoked();
    }

    @Test
    void publish_reachesThoseOfItsTypeOnly_andNotThoseWhoHaveLeft() {
        bus.subscribe(LeaderEvent.class, seen::add);
        bus.subscribe(ConfigEvent.class, seen::add);
        Runnable end = bus.subscribe(EngineEvent.class, seen::add);
        end.run();
        end.run();
        bus.publish(LEADER);
        bus.queue().runPending();
        assertThat(seen).containsExactly(LEADER);
    }

    @Test
    void subscribe_theSameTwice_isTwoSubscriptions() {
        Consumer<EngineEvent> both = seen::add;
        Runnable first = bus.subscribe(EngineEvent.class, both);
        bus.subscribe(EngineEvent.class, both);
        first.run();
        bus.publish(LEADER);
        bus.queue().runPending();
        assertThat(seen).containsExactly(LEADER);
    }

    @Test
    void publish_aSubscriberThrows_theOthersHearOfIt() {
        bus.subscribe(EngineEvent.class, event -> {
            throw new IllegalStateException("planted");
        });
        bus.subscribe(EngineEvent.class, seen::add);
        bus.publish(LEADER);
        bus.publish(LEADER);
        bus.queue().runPending();
        assertThat(seen).containsExactly(LEADER, LEADER);
        assertThat(bus.failures()).isEqualTo(2);
        assertThat(bus.queue().failures()).isZero();
    }

    @Test
    void subscribe_byASubscriber_takesPartFromTheNextEventOn() {
        bus.subscribe(EngineEvent.class, event -> {
            if (seen.isEmpty()) {
                seen.add(event);
                bus.subscribe(EngineEvent.class, seen::add);
            }
        });
        bus.publish(LEADER);
        bus.publish(LEADER);
        bus.queue().runPending();
        assertThat(seen).hasSize(2);
    }

    @Test
    void publish_full_isDroppedAndCounted_andNothingIsQueuedForNobody() {
        bus.publish(LEADER);
        assertThat(bus.queue().depth()).isZero();
        bus.subscribe(EngineEvent.class, seen::add);
        for (int i = 0; i < bus.queue().capacity() + 3; i++) {
            bus.publish(LEADER);
        }
        assertThat(bus.dropped()).isEqualTo(3);
    }

    @Test
    void subscribe_tooMany_isRefused() {
        for (int i = 0; i < 1_000; i++) {
            bus.subscribe(EngineEvent.class, seen::add);
        }
        assertThatThrownBy(() -> bus.subscribe(EngineEvent.class, seen::add))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("subscribers: 1000");
    }

    @Test
    void resize_isAppliedAndTold_unknownPoolsAreRefused() {
        List<Integer> threads = new ArrayList<>();
        bus.control(EnginePool.QUERIES, threads::add);
        bus.subscribe(ConfigEvent.class, seen::add);
        bus.resize(EnginePool.QUERIES, 5);
        bus.queue().runPending();
        assertThat(threads).containsExactly(5);
        assertThat(seen).containsExactly(new ConfigEvent(EnginePool.QUERIES, 5));
        assertThatThrownBy(() -> bus.resize(EnginePool.NOTIFIER, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("NOTIFIER");
    }
}
