// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * What every pair of {@link EngineTransport} and {@link ProxyTransport} keeps. Extend it, give it your transports; each
 * test shuts down what it made and checks that no frame is left.
 */
public abstract class TransportContract extends TransportFixture {
    @Test
    void hello_accepted_joinsAndArrivesWhole() {
        RecordingEngine engine = engine(3, 7);
        RecordingProxy proxy = joined("d5", engine);
        assertThat(engine.hellos).containsExactly(proxy.hello);
        assertThat(proxy.link().engine()).isEqualTo(new EngineEpoch(3, 7));
        assertThat(proxy.link()).isEqualTo(proxy.links.get(0));
    }

    @Test
    void hello_refused_isLostAndComesAgain() {
        RecordingEngine engine = engine(1, 1);
        var accepting = engine.onHello;
        engine.onHello = (hello, responder) -> {
            engine.onHello = accepting;
            responder.refuse("not now", Duration.ofMillis(20));
        };
        RecordingProxy proxy = joined("d1", engine);
        assertThat(proxy.lost).containsExactly(proxy.links.get(0));
        assertThat(proxy.link()).isNotEqualTo(proxy.links.get(0));
        assertThat(engine.gone).isEmpty();
    }

    @Test
    void olderEpoch_refusedByProxy_neverBecomesHello() {
        RecordingEngine old = engine(1, 4);
        RecordingEngine current = engine(1, 5);
        RecordingProxy proxy = proxy("d1", old, current);
        proxy.oldestEpoch = 5;
        proxy.transport.start(proxy);
        await().until(() ->
                proxy.links.stream().filter(l -> l.engine().epoch() == 4).count() >= 2 && !proxy.joined.isEmpty());
        assertThat(old.hellos).isEmpty();
        assertThat(proxy.lost).isEmpty();
    }

    @Test
    void publish_manyFrames_arriveInOrderAndWhole() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        for (int i = 0; i < 300; i++) {
            engine.transport.publish(frame(engine, 1 + i * 4L, 4), DeviceSet.of(0, 9));
        }
        await().until(() -> proxy.sequences.size() == 1_200);
        assertThat(proxy.sequences).isEqualTo(sequences(1, 1_200));
        assertThat(proxy.commands).isEqualTo(commands(1, 1_200));
    }

    @Test
    void publish_largestBatch_arrivesWhole() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        engine.transport.publish(frame(engine, 1L << 40, 4_096), DeviceSet.of(0));
        await().until(() -> proxy.commands.size() == 4_096);
        assertThat(proxy.commands).isEqualTo(commands(1L << 40, 4_096));
    }

    @Test
    void publish_someDevices_reachesOnlyThem() {
        RecordingEngine engine = engine(1, 1);
        List<RecordingProxy> fleet = List.of(joined("d0", engine), joined("d1", engine), joined("d70", engine));
        engine.transport.publish(frame(engine, 1, 1), DeviceSet.of(0, 70));
        engine.transport.publish(frame(engine, 2, 1), DeviceSet.of(1));
        engine.transport.publish(frame(engine, 3, 1), DeviceSet.of(0, 1, 70));
        await().until(() -> fleet.stream().allMatch(proxy -> proxy.sequences.contains(3L)));
        assertThat(fleet.get(0).sequences).containsExactly(1L, 3L);
        assertThat(fleet.get(1).sequences).containsExactly(2L, 3L);
        assertThat(fleet.get(2).sequences).containsExactly(1L, 3L);
    }

    @Test
    void resume_withSource_sendsItThenWhatIsPublished() throws InterruptedException {
        RecordingEngine engine = engine(1, 1);
        engine.onHello = (hello, responder) -> responder.accept(RecordingEngine.ordinal(hello));
        RecordingProxy proxy = joined("d0", engine);
        engine.transport.publish(frame(engine, 999, 1), DeviceSet.of(0));
        ArrayDeque<Frame> missed = new ArrayDeque<>();
        for (int i = 0; i < 200; i++) {
            missed.add(frame(engine, 1 + i, 1));
        }
        CountDownLatch met = new CountDownLatch(1);
        engine.transport.resume(0, () -> {
            Frame next = missed.poll();
            if (next == null) {
                met.countDown();
                return null;
            }
            next.retain();
            return next;
        });
        met.await();
        engine.transport.publish(frame(engine, 201, 2), DeviceSet.of(0));
        await().until(() -> proxy.sequences.size() >= 202);
        assertThat(proxy.sequences).isEqualTo(sequences(1, 202));
    }

    @Test
    void commands_notTaken_areOfferedAgainInOrder() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        proxy.takes = false;
        for (int i = 1; i <= 50; i++) {
            engine.transport.publish(frame(engine, i, 1), DeviceSet.of(0));
        }
        await().until(() -> proxy.refusals.get() >= 3);
        assertThat(proxy.sequences).isEmpty();
        proxy.takes = true;
        await().until(() -> proxy.sequences.size() == 50);
        assertThat(proxy.sequences).isEqualTo(sequences(1, 50));
    }

    @Test
    void acknowledgement_behindCommandsThatAreNotTaken_comes() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        proxy.takes = false;
        engine.transport.publish(frame(engine, 1, 100), DeviceSet.of(0));
        await().until(() -> proxy.refusals.get() >= 1);
        engine.transport.publish(frame(engine, 101, 100), DeviceSet.of(0));
        assertThat(proxy.transport.report(proxy.link(), 1, reports(1))).isTrue();
        await().until(() -> engine.reported.size() == 1);
        engine.reported.get(0).acknowledge().run();
        await().until(() -> proxy.acknowledged.contains(1L));
        assertThat(proxy.sequences).isEmpty();
        proxy.takes = true;
        await().until(() -> proxy.sequences.size() == 200);
        assertThat(proxy.sequences).isEqualTo(sequences(1, 200));
    }

    @Test
    void laggard_isToldOnceAndResumes() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy slow = joined("d0", engine);
        RecordingProxy quick = joined("d1", engine);
        slow.takes = false;
        long next = 1;
        while (engine.lagging.isEmpty() && next < 400_000) {
            Frame frame = engine.transport.encode(next, commands(next, 256));
            engine.transport.publish(frame, DeviceSet.of(0, 1));
            frame.release();
            long published = next + 255;
            await().until(() -> quick.commands.size() >= published);
            next += 256;
        }
        assertThat(engine.lagging).hasSize(1);
        engine.transport.publish(frame(engine, next, 1), DeviceSet.of(0, 1));
        long last = next + 1;
        AtomicReference<Long> from = new AtomicReference<>(engine.lagging.get(0).fromSequence());
        slow.takes = true;
        engine.transport.resume(0, () -> {
            long at = from.get();
            if (at >= last) {
                return null;
            }
            int count = (int) Math.min(512, last - at);
            from.set(at + count);
            return engine.transport.encode(at, commands(at, count));
        });
        await().atMost(Duration.ofSeconds(60)).until(() -> slow.sequences.size() >= last - 1);
        assertThat(new ArrayList<>(slow.sequences)).isEqualTo(sequences(1, last - 1));
        assertThat(new ArrayList<>(quick.sequences)).isEqualTo(sequences(1, last - 1));
        assertThat(engine.lagging).hasSize(1);
    }

    @Test
    void reports_several_arriveInOrderAndAreAcknowledgedCumulatively() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d4", engine);
        for (long batch = 1; batch <= 20; batch++) {
            assertThat(proxy.transport.report(proxy.link(), batch, reports(batch)))
                    .isTrue();
        }
        await().until(() -> engine.reported.size() == 20);
        for (int i = 0; i < 20; i++) {
            assertThat(engine.reported.get(i).reports()).isEqualTo(reports(i + 1L));
            assertThat(engine.reported.get(i).device()).isEqualTo(4);
        }
        for (int i = 19; i > 0; i--) {
            engine.reported.get(i).acknowledge().run();
        }
        await().during(Duration.ofMillis(100)).until(() -> proxy.acknowledged.isEmpty());
        engine.reported.get(0).acknowledge().run();
        engine.reported.get(0).acknowledge().run();
        await().until(() -> proxy.acknowledged.contains(20L));
        assertThat(proxy.acknowledged).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void reports_unacknowledged_areBounded() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d4", engine);
        int sent = 0;
        while (sent < 100_000 && proxy.transport.report(proxy.link(), sent + 1L, reports(sent + 1L))) {
            sent++;
        }
        assertThat(sent).isBetween(1, 99_999);
        int open = sent;
        await().until(() -> engine.reported.size() == open);
        engine.reported.forEach(reported -> reported.acknowledge().run());
        await().until(() -> proxy.acknowledged.contains((long) open));
        assertThat(proxy.transport.report(proxy.link(), open + 1L, reports(1))).isTrue();
    }

    @Test
    void disconnect_connectedDevice_isGoneLostAndBack() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d6", engine);
        EngineLink first = proxy.link();
        engine.transport.disconnect(6, "operator");
        await().until(() -> proxy.joined.size() == 2);
        assertThat(engine.gone).containsExactly(6);
        assertThat(proxy.lost).containsExactly(first);
        assertThat(proxy.transport.report(first, 1, reports(1))).isFalse();
        engine.transport.publish(frame(engine, 1, 1), DeviceSet.of(6));
        await().until(() -> proxy.sequences.equals(List.of(1L)));
    }

    @Test
    void secondConnection_sameDevice_isRefusedAndFirstStays() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy first = joined("d2", engine);
        RecordingProxy second = proxy("d2", engine);
        second.transport.start(second);
        await().until(() -> second.lost.size() >= 2);
        engine.transport.publish(frame(engine, 1, 1), DeviceSet.of(2));
        await().until(() -> first.sequences.size() == 1);
        assertThat(second.joined).isEmpty();
        assertThat(second.sequences).isEmpty();
        assertThat(first.lost).isEmpty();
        assertThat(engine.gone).isEmpty();
    }

    @Test
    void secondConnection_accepted_replacesTheFirstSilently() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy first = joined("d2", engine);
        engine.onHello = (hello, responder) -> {
            engine.onHello = (again, refused) -> refused.refuse("replaced", Duration.ofHours(1));
            responder.accept(2);
            engine.transport.resume(2, () -> null);
        };
        RecordingProxy second = joined("d2", engine);
        await().until(() -> !first.lost.isEmpty());
        engine.transport.publish(frame(engine, 1, 1), DeviceSet.of(2));
        await().until(() -> second.sequences.size() == 1);
        assertThat(first.sequences).isEmpty();
        assertThat(engine.gone).isEmpty();
    }

    @Test
    void gone_ofAnOlderLink_neverComesBehindTheJoinOfANewerOne() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d4", engine);
        List<String> told = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        CompletableFuture<Void> accepted = new CompletableFuture<>();
        // the engine is slow to hear of it, and accepts the next link meanwhile; some transports tell it of nothing
        // meanwhile
        engine.onGone = device -> {
            told.add("going");
            asked.completeOnTimeout(null, 500, TimeUnit.MILLISECONDS).join();
            accepted.completeOnTimeout(null, 200, TimeUnit.MILLISECONDS).join();
            told.add("gone");
        };
        engine.onHello = (hello, responder) -> {
            asked.complete(null);
            new Thread(() -> {
                        responder.accept(4, () -> told.add("joined"));
                        accepted.complete(null);
                    })
                    .start();
        };
        engine.transport.disconnect(4, "once");
        await().until(() -> proxy.joined.size() == 2 && told.size() == 3);
        assertThat(told).containsExactly("going", "gone", "joined");
    }

    @Test
    void accept_afterTheLinkDied_isGone() {
        RecordingEngine engine = engine(1, 1);
        AtomicReference<EngineTransport.HelloResponder> late = new AtomicReference<>();
        engine.onHello = (hello, responder) -> late.set(responder);
        RecordingProxy proxy = proxy("d3", engine);
        proxy.transport.start(proxy);
        await().until(() -> late.get() != null);
        proxy.transport.shutdown(DEADLINE);
        late.get().accept(3);
        await().until(() -> engine.gone.contains(3));
        assertThat(engine.gone).containsExactly(3);
    }

    @Test
    void heartbeat_comesByItselfAndWhenAsked() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d3", engine);
        await().until(() -> !engine.heartbeats.isEmpty());
        int before = engine.heartbeats.size();
        proxy.transport.heartbeat();
        await().until(() -> engine.heartbeats.size() > before);
        assertThat(engine.heartbeats).containsOnly(proxy.health());
    }

    @Test
    void severalEngines_areKeptApart() {
        RecordingEngine one = engine(1, 1);
        RecordingEngine two = engine(2, 1);
        RecordingProxy proxy = joined("d0", one, two);
        two.transport.publish(frame(two, 8, 1), DeviceSet.of(0));
        await().until(() -> proxy.sequences.size() == 1);
        for (EngineLink link : proxy.joined) {
            assertThat(proxy.transport.report(link, 1, reports(link.engine().engine())))
                    .isTrue();
        }
        await().until(() -> one.reported.size() == 1 && two.reported.size() == 1);
        assertThat(one.reported.get(0).reports()).isEqualTo(reports(1));
        assertThat(two.reported.get(0).reports()).isEqualTo(reports(2));
    }

    @Test
    void engineShutdown_sendsWhatWasPublishedThenCloses() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        RecordingProxy other = joined("d1", engine);
        for (int i = 1; i <= 100; i++) {
            engine.transport.publish(frame(engine, i, 1), DeviceSet.of(0));
        }
        long startNanos = System.nanoTime();
        engine.transport.shutdown(DEADLINE);
        engine.transport.shutdown(DEADLINE);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(DEADLINE);
        await().until(() -> proxy.lost.size() == 1 && other.lost.size() == 1 && engine.gone.size() == 2);
        assertThat(proxy.sequences).isEqualTo(sequences(1, 100));
        assertThat(proxy.transport.report(proxy.link(), 1, reports(1))).isFalse();
        engine.transport.publish(frame(engine, 101, 1), DeviceSet.of(0));
    }

    @Test
    void engineShutdown_deafProxy_keepsTheDeadline() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy deaf = joined("d0", engine);
        deaf.takes = false;
        for (int i = 0; i < 1_000; i++) {
            Frame frame = engine.transport.encode(1 + i * 64L, commands(1 + i * 64L, 64));
            engine.transport.publish(frame, DeviceSet.of(0));
            frame.release();
        }
        long startNanos = System.nanoTime();
        engine.transport.shutdown(Duration.ofMillis(300));
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(3));
        await().until(() -> engine.gone.contains(0));
    }

    @Test
    void proxyShutdown_isGoneOnceAndDialsNoMore() {
        RecordingEngine engine = engine(1, 1);
        RecordingProxy proxy = joined("d0", engine);
        proxy.transport.shutdown(DEADLINE);
        proxy.transport.shutdown(DEADLINE);
        await().until(() -> engine.gone.contains(0));
        assertThat(proxy.lost).hasSize(1);
        await().during(Duration.ofMillis(200)).until(() -> engine.hellos.size() == 1);
        assertThat(engine.gone).containsExactly(0);
    }

    @Test
    void encode_badCount_isRejected() {
        RecordingEngine engine = engine(1, 1);
        assertThatThrownBy(() -> engine.transport.encode(1, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> engine.transport.encode(1, commands(1, 4_097)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
