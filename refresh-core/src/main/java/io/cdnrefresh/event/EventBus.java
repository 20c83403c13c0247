// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.event;

import io.cdnrefresh.model.ConfigEvent;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to those who subscribed to their type, and starts, stops and resizes the pools of worker threads.
 *
 * <p>Thread-safe. {@link #publish} never waits. Subscribers are called on the bus' own thread, one event after the other in
 * the order of publishing; a subscriber that throws is counted and logged and harms nobody; one that blocks makes the
 * others wait, and what then finds the queue full is dropped and counted. Events are for those who watch: nothing that the
 * engine does depends on one being delivered.
 */
public final class EventBus implements StageHandler<EngineEvent> {
    private static final Logger logger = LoggerFactory.getLogger(EventBus.class);
    private static final int CAPACITY = 4_096;
    private static final int MAX_SUBSCRIBERS = 1_000;

    private final StageQueue<EngineEvent> queue = new StageQueue<>("events", CAPACITY, this);
    private final CopyOnWriteArrayList<Subscriber<?>> subscribers = new CopyOnWriteArrayList<>();
    private final Map<EnginePool, IntConsumer> pools = new ConcurrentHashMap<>();
    private final LongAdder failures = new LongAdder();

    /** The queue of this stage. */
    public StageQueue<EngineEvent> queue() {
        return queue;
    }

    /**
     * Subscribes to a type of events, {@link EngineEvent} itself for all.
     *
     * @return ends the subscription; idempotent; an event that is being delivered may still arrive
     * @throws IllegalStateException if there are 1,000 subscribers, which can only be a leak
     */
    public <E extends EngineEvent> Runnable subscribe(Class<E> type, Consumer<? super E> subscriber) {
        if (subscribers.size() >= MAX_SUBSCRIBERS) {
            throw new IllegalStateException(
                    "subscribers: " + subscribers.size() + " (expected: fewer than " + MAX_SUBSCRIBERS + ")");
        }
        Subscriber<E> added = new Subscriber<>(type, subscriber);
        subscribers.add(added);
        return () -> subscribers.remove(added);
    }

    /** Tells the subscribers; does nothing if there are none. Never waits. */
    public void publish(EngineEvent event) {
        if (!subscribers.isEmpty()) {
            queue.offer(event);
        }
    }

    /** Events that were dropped because the queue was full. */
    public long dropped() {
        return queue.refused();
    }

    /** How many times a subscriber has thrown. */
    public long failures() {
        return failures.sum();
    }

    /** A pool that can be resized from now on; {@code resize} gets the number of threads. */
    public void control(EnginePool pool, IntConsumer resize) {
        pools.put(pool, resize);
    }

    /**
     * Gives a pool so many threads: 0 stops it, its work waits in its queue. Then tells the subscribers.
     *
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the pool does not run, or its timer is not one that can be resized
     */
    public void resize(EnginePool pool, int threads) {
        IntConsumer resize = pools.get(pool);
        if (resize == null) {
            throw new IllegalStateException("pool " + pool + " can not be resized now");
        }
        resize.accept(threads);
        logger.info("pool resized pool={} threads={}", pool, threads);
        publish(new ConfigEvent(pool, threads));
    }

    @Override
    public void onEvent(EngineEvent event, boolean isEndOfBatch) {
        for (Subscriber<?> subscriber : subscribers) {
            try {
                subscriber.tell(event);
            } catch (RuntimeException | LinkageError | AssertionError e) {
                failures.increment();
                logger.warn("subscriber failed event={}", event, e);
            }
        }
    }

    // a class and not a record: two equal subscriptions are two
    private static final class Subscriber<E extends EngineEvent> {
        private final Class<E> type;
        private final Consumer<? super E> consumer;

        Subscriber(Class<E> type, Consumer<? super E> consumer) {
            this.type = type;
            this.consumer = consumer;
        }

        void tell(EngineEvent event) {
            if (type.isInstance(event)) {
                consumer.accept(type.cast(event));
            }
        }
    }
}
