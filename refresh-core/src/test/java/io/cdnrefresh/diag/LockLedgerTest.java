// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.diag.LockFault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Faults that were put in on purpose, and what the ledger says of them. */
@SuppressWarnings("LockNotBeforeTry") // locks that are not given back are what is tested
class LockLedgerTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final AtomicLong nanos = new AtomicLong();
    private final LockLedger ledger = new LockLedger(nanos::get, LIMIT);
    private final TracedLock first = new TracedLock("first");
    private final TracedLock second = new TracedLock("second");
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    LockLedgerTest() {
        ledger.trace(List.of(first, second));
    }

    @AfterEach
    void endThreads() throws InterruptedException {
        end.countDown();
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join(10_000);
        }
    }

    private Thread started(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return thread;
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void check_everyLockGivenBack_findsNothing() {
        for (int i = 0; i < 3; i++) {
            first.lock();
            second.lock();
            first.lock();
            assertThat(ledger.heldCount()).isEqualTo(2);
            first.unlock();
            second.unlock();
            first.unlock();
            nanos.addAndGet(LIMIT.toNanos() * 2);
        }
        assertThat(ledger.check()).isEmpty();
        assertThat(ledger.lines()).isEmpty();
        assertThat(ledger.heldCount()).isZero();
    }

    @Test
    void check_releaseForgottenByALiveThread_namesTheLineThatTookIt() {
        CountDownLatch isTaken = new CountDownLatch(1);
        started("forgetful", () -> {
            takeAndForget();
            isTaken.countDown();
            waitFor(end);
        });
        waitFor(isTaken);
        assertThat(ledger.check()).isEmpty();
        nanos.addAndGet(LIMIT.toNanos());

        List<LockFault> faults = ledger.check();

        assertThat(faults).hasSize(1);
        assertThat(faults.get(0).kind()).isEqualTo(Kind.FORGOTTEN);
        assertThat(faults.get(0).lock()).isEqualTo("first");
        assertThat(faults.get(0).detail())
                .startsWith("held for 1000 ms by forgetful id=")
                .contains("taken at io.cdnrefresh.diag.LockLedgerTest.takeAndForget(LockLedgerTest.java:");
        assertThat(ledger.lines()).singleElement().asString().startsWith("first held for 1000 ms by forgetful");
    }

    private void takeAndForget() {
        first.lock();
    }

    @Test
    void check_threadEndedWithTheLock_isToldAtOnce() throws InterruptedException {
        started("mortal", first::lock).join();
        assertThat(ledger.check()).singleElement().satisfies(fault -> {
            assertThat(fault.kind()).isEqualTo(Kind.FORGOTTEN);
            assertThat(fault.detail()).contains("mortal").endsWith("the thread has ended");
        });
    }

    @Test
    void check_longWorkUnderTheLock_isHeldLongAndNotForgotten() {
        CountDownLatch isTaken = new CountDownLatch(1);
        Thread slow = started("slow", () -> {
            first.lock();
            try {
                isTaken.countDown();
                waitFor(end);
            } finally {
                first.unlock();
            }
        });
        waitFor(isTaken);
        nanos.addAndGet(LIMIT.toNanos());
        assertThat(ledger.check()).singleElement().extracting(LockFault::kind).isEqualTo(Kind.HELD_LONG);
        end.countDown();
        await().until(() -> !slow.isAlive());
        assertThat(ledger.check()).isEmpty();
    }

    @Test
    void check_takenInBothOrders_isFoundThoughNothingHappened() {
        inOrder(first, second);
        inOrder(first, second);
        assertThat(ledger.check()).isEmpty();
        inOrder(second, first);

        assertThat(ledger.check()).singleElement().satisfies(fault -> {
            assertThat(fault.kind()).isEqualTo(Kind.ORDER);
            assertThat(fault.lock()).isEqualTo("second and first");
            assertThat(fault.detail())
                    .contains("elsewhere second asked for at ")
                    .contains("inOrder(");
        });
        inOrder(second, first);
        assertThat(ledger.check()).as("told once").isEmpty();
    }

    @Test
    void check_ringOverThreeLocks_isFound() {
        TracedLock third = new TracedLock("third");
        ledger.trace(List.of(third));
        inOrder(first, second);
        inOrder(second, third);
        inOrder(third, first);
        assertThat(ledger.check()).extracting(LockFault::kind).containsExactly(Kind.ORDER);
    }

    private static void inOrder(TracedLock outer, TracedLock inner) {
        outer.lock();
        inner.lock();
        inner.unlock();
        outer.unlock();
    }

    @Test
    void check_twoThreadsStuck_namesBothAndTheirLines() {
        CountDownLatch bothHold = new CountDownLatch(2);
        started("a-then-b", () -> cross(first, second, bothHold));
        started("b-then-a", () -> cross(second, first, bothHold));
        await().until(() -> ledger.waitingCount() == 2);

        List<LockFault> faults = ledger.check();

        assertThat(faults).extracting(LockFault::kind).containsExactlyInAnyOrder(Kind.ORDER, Kind.DEADLOCK);
        LockFault stuck = faults.get(1);
        assertThat(stuck.detail()).contains("a-then-b", "b-then-a", "first wanted at", "second wanted at");
    }

    private static void cross(TracedLock mine, TracedLock others, CountDownLatch bothHold) {
        mine.lock();
        try {
            bothHold.countDown();
            waitFor(bothHold);
            others.lockInterruptibly();
            others.unlock();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            mine.unlock();
        }
    }

    @Test
    void lock_contended_excludesAndLeavesNoTrace() throws InterruptedException {
        int[] count = {0};
        for (int i = 0; i < 4; i++) {
            started("worker-" + i, () -> {
                for (int n = 0; n < 2_000; n++) {
                    first.lock();
                    count[0]++;
                    first.unlock();
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(count[0]).isEqualTo(8_000);
        assertThat(ledger.lines()).isEmpty();
    }

    @Test
    void tryLock_taken_isEnteredAndGivenBack() throws InterruptedException {
        assertThat(first.tryLock()).isTrue();
        assertThat(ledger.lines()).singleElement().asString().contains("tryLock_taken_isEnteredAndGivenBack");
        boolean[] isTaken = {true};
        started("other", () -> isTaken[0] = first.tryLock()).join();
        assertThat(isTaken[0]).isFalse();
        first.unlock();
        assertThat(first.tryLock(1, TimeUnit.SECONDS)).isTrue();
        first.unlock();
        assertThat(ledger.lines()).isEmpty();
    }

    @Test
    void close_heldLock_canBeGivenBack() {
        first.lock();
        ledger.close();
        second.lock();
        assertThat(ledger.heldCount()).isZero();
        first.unlock();
        second.unlock();
        assertThat(first.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void unlock_notTheHolder_isRefused() throws InterruptedException {
        first.lock();
        List<Throwable> refusals = new ArrayList<>();
        started("thief", () -> {
                    try {
                        first.unlock();
                    } catch (IllegalMonitorStateException refused) {
                        refusals.add(refused);
                    }
                })
                .join();
        assertThat(refusals).hasSize(1);
        assertThat(ledger.heldCount()).isEqualTo(1);
        first.unlock();
        assertThatThrownBy(first::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }
}
