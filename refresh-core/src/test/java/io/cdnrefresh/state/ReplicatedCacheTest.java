// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ReplicatedCacheTest {
    private final List<String> stale = new ArrayList<>();
    private final List<String> changes = new ArrayList<>();
    private final ArrayDeque<Runnable> background = new ArrayDeque<>();
    private long stored = 1;
    private boolean isBroken;

    /** A copy of a number; both fields are always equal. */
    private record Copy(long version, long same) {}

    private final class Told implements ReplicatedCache.Listener<Copy> {
        @Override
        public void onChange(Copy old, Copy now) {
            changes.add(old.version + " to " + now.version);
        }

        @Override
        public void onStale(String reason) {
            stale.add(reason);
        }
    }

    private ReplicatedCache<Long, Copy> cache(int copies) {
        return new ReplicatedCache<>(
                copies,
                1L,
                new ReplicatedCache.Source<>(this::load, version -> version),
                version -> new Copy(version, version),
                background::add,
                new Told());
    }

    private Long load() {
        if (isBroken) {
            throw new IllegalStateException("store is away");
        }
        return stored;
    }

    @Test
    void get_severalCopies_areReadInTurn() {
        ReplicatedCache<Long, Copy> cache = cache(4);
        Set<Copy> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 4; i++) {
            seen.add(cache.get());
        }
        assertThat(seen).hasSize(4);
    }

    @Test
    void refresh_newerVersion_isSeenInEveryCopy() {
        ReplicatedCache<Long, Copy> cache = cache(2);
        stored = 7;
        assertThat(cache.refresh()).isTrue();
        assertThat(cache.version()).isEqualTo(7);
        assertThat(List.of(cache.get(), cache.get())).containsOnly(new Copy(7, 7));
        assertThat(stale).isEmpty();
    }

    @Test
    void refresh_fails_keepsTheOldDataAndTells() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        isBroken = true;
        assertThat(cache.refresh()).isFalse();
        assertThat(cache.get().version()).isEqualTo(1);
        assertThat(stale).singleElement().asString().contains("version 1").contains("store is away");
    }

    @Test
    void refresh_olderVersion_isRefusedAndTold() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        cache.offer(5L);
        stored = 4;
        assertThat(cache.refresh()).isFalse();
        assertThat(cache.version()).isEqualTo(5);
        assertThat(stale).singleElement().asString().contains("version 4");
    }

    @Test
    void offer_olderOrSameVersion_changesNothing() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        cache.offer(5L);
        Copy before = cache.get();
        assertThat(cache.offer(5L)).isSameAs(before);
        assertThat(cache.offer(3L)).isSameAs(before);
        assertThat(changes).containsExactly("1 to 5");
    }

    @Test
    void atLeast_versionIsHere_answersAtOnce() {
        assertThat(cache(1).atLeast(1).toCompletableFuture()).isCompletedWithValue(new Copy(1, 1));
        assertThat(background).isEmpty();
    }

    @Test
    void atLeast_newerVersion_answersAfterOneRefreshForAll() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        stored = 3;
        var first = cache.atLeast(2).toCompletableFuture();
        var second = cache.atLeast(3).toCompletableFuture();
        assertThat(first).isNotDone();
        assertThat(background).hasSize(1);
        background.remove().run();
        assertThat(first).isCompletedWithValue(new Copy(3, 3));
        assertThat(second).isCompletedWithValue(new Copy(3, 3));
    }

    @Test
    void atLeast_offeredMeanwhile_answersWithoutTheRefresh() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        var wanted = cache.atLeast(2).toCompletableFuture();
        cache.offer(2L);
        assertThat(wanted).isCompletedWithValue(new Copy(2, 2));
    }

    @Test
    void atLeast_refreshDoesNotBringIt_fails() {
        ReplicatedCache<Long, Copy> cache = cache(1);
        var missing = cache.atLeast(9).toCompletableFuture();
        background.remove().run();
        assertThatThrownBy(missing::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("version 9 is not there, only 1");
        isBroken = true;
        var broken = cache.atLeast(9).toCompletableFuture();
        background.remove().run();
        assertThat(broken).isCompletedExceptionally();
        assertThat(stale).hasSize(1);
    }

    @Test
    void atLeast_noRoomInTheBackground_failsAndTheNextTriesAgain() {
        List<Runnable> taken = new ArrayList<>();
        AtomicBoolean hasRoom = new AtomicBoolean();
        ReplicatedCache<Long, Copy> cache = new ReplicatedCache<>(
                1,
                1L,
                new ReplicatedCache.Source<>(this::load, version -> version),
                version -> new Copy(version, version),
                work -> hasRoom.get() && taken.add(work),
                new Told());
        assertThat(cache.atLeast(2).toCompletableFuture()).isCompletedExceptionally();
        hasRoom.set(true);
        stored = 2;
        var wanted = cache.atLeast(2).toCompletableFuture();
        taken.get(0).run();
        assertThat(wanted).isCompletedWithValue(new Copy(2, 2));
    }

    @Test
    void get_whileVersionsRise_neverGoesBackInAnyThread() throws InterruptedException {
        ReplicatedCache<Long, Copy> cache = cache(4);
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicBoolean isWrong = new AtomicBoolean();
        CountDownLatch reading = new CountDownLatch(3);
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread reader = new Thread(() -> {
                long last = 0;
                reading.countDown();
                while (!isOver.get()) {
                    Copy copy = cache.get();
                    if (copy.version < last || copy.version != copy.same) {
                        isWrong.set(true);
                    }
                    last = copy.version;
                }
            });
            reader.start();
            readers.add(reader);
        }
        reading.await();
        for (long version = 2; version <= 20_000; version++) {
            cache.offer(version);
        }
        isOver.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(isWrong).isFalse();
        assertThat(cache.version()).isEqualTo(20_000);
    }

    @Test
    void copies_noPowerOfTwo_isRefused() {
        assertThatThrownBy(() -> cache(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("copies: 3");
    }
}
