// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One unit of a refresh on one cache: purge, fence, probe, and again when an old copy may have come back.
 *
 * <pre>
 * purge ── Gone ──▶ fence ──▶ probe ── Absent, or stored after the fence ──▶ VERIFIED
 *   ▲  └─ Failed: again, later      ├─ stored before its end: may be old ──▶ purge again; too often: STALE_AGAIN
 *   └───────────────────────────────┘  cannot be asked ──▶ purge once more ──▶ PURGED, with the reason
 * </pre>
 *
 * <p>What is broader than a URL is purged a second time when the fence has passed, and probed by a sample after that: no
 * sample shows every object that a fetch under way may have brought back, but the second purge removes them all.
 */
/*
 * Implementation notes. What proves a copy to be new is that it was stored after the fence, not after the purge: a fetch
 * that was under way when the purge came stores its old content after it, and servers tell when a copy was stored, not
 * when its fetch began. With times of one-second grain "after" is a later second; hence a purge is repeated at the next
 * full second at the earliest, so that what is fetched then counts as new. A busy object is so purged twice.
 */
final class RefreshWork extends Work {
    /** How often it is looked whether a preload that was under way has ended. */
    private static final long PRELOAD_POLL_NANOS = 250_000_000L;

    private final RefreshRun refresh;
    private final UnitRun unitRun;
    private boolean isProbe;
    private boolean isLastPurge;
    private boolean hasAnswered;
    private boolean hasApplied;
    private boolean waitsForBack;
    private boolean wasExtended;
    private boolean wasPresent;
    /** Whether a restart of the cache may bring the copy back without anybody noticing. */
    private boolean isForgettable;

    private int rounds;
    private long appliedNanos;
    private long fenceNanos;
    private Instant appliedAt = Instant.EPOCH;
    private @Nullable Instant fenceEnd;

    RefreshWork(RefreshRun run, CacheLane lane, Unit unit, UnitRun unitRun) {
        super(run, lane, unit);
        refresh = run;
        this.unitRun = unitRun;
    }

    @Override
    void invoke(Call call) {
        isFollowUp = true;
        PurgeRequest probe = unit.probe();
        if (isProbe && isBroadProbe() && lane.server() instanceof CacheServer.BroadProbeCapable broad) {
            broad.probeBroad(unit.kind(), probe == null ? PurgeKinds.EVERYTHING : probe, call.listener(this::onProbe));
        } else if (isProbe && probe != null) {
            lane.server().probe(probe, call.listener(this::onProbe));
        } else {
            PurgeKinds.purge(lane.server(), unit, isSoft(), call.listener(this::onPurge));
        }
    }

    private void onPurge(CacheResult result) {
        lane.answered(!(result instanceof CacheResult.Failed));
        if (result instanceof CacheResult.Gone gone) {
            record(gone);
        } else if (result instanceof CacheResult.Denied denied) {
            over(Outcome.DENIED, denied.reason());
        } else if (result instanceof CacheResult.Unsupported unsupported) {
            over(Outcome.UNSUPPORTED, unsupported.reason());
        } else if (result instanceof CacheResult.Failed failed) {
            lane.failed(this, failed.sign());
            failed(failed.reason());
        } else {
            throw new IllegalStateException("result: " + result + " (expected: one of CacheResult)");
        }
    }

    /** What the cache may forget stands in the journal before it is reported. */
    private void record(CacheResult.Gone gone) {
        Journal journal = lane.journal;
        PurgeRequest request = unit.purge();
        if (journal == null || request == null || isBroad() || isSoft()) {
            onGone(gone);
            return;
        }
        Loop loop = run.shop.loop;
        journal.append(
                gone.appliedAt().toEpochMilli(),
                request,
                isWritten -> loop.post(() -> {
                    if (!isWritten) {
                        isForgettable = true;
                        run.shop.counters.unjournaled.incrementAndGet();
                    }
                    onGone(gone);
                }));
    }

    private void onGone(CacheResult.Gone gone) {
        attempts = 0;
        rounds++;
        appliedNanos = run.shop.loop.nowNanos();
        appliedAt = gone.appliedAt();
        fenceNanos = Math.max(gone.fence().toNanos(), lane.cache.fence().toNanos());
        wasPresent |= gone.wasPresent();
        outcome = !wasPresent ? Outcome.ABSENT : isSoft() ? Outcome.MARKED : Outcome.PURGED;
        run.shop.counters.purged.incrementAndGet();
        run.appliedAt(appliedAt);
        if (lane.cache.isBack()) {
            unitRun.backApplied(appliedNanos);
        }
        answered();
        if (run.isCancelled) {
            endWithFence();
        } else if (isLastPurge) {
            over(outcome, reason);
        } else if (fenceEnd != null && isBroad()) {
            isProbe = true; // the purge after the fence
            run.shop.enqueue(this);
        } else if (refresh.isProven(unit)) {
            applied();
            refresh.fenceOpened();
            run.shop.loop.after(fenceNanos, this::closeFence);
        } else {
            settleUnproven();
        }
    }

    /** Without proof the purge is the end of it, unless a back cache is purged later than this front one. */
    private void settleUnproven() {
        if (isFront() && !unitRun.isBackOver()) {
            waitsForBack = true;
            applied();
        } else if (isFront() && unitRun.latestNanos(appliedNanos) != appliedNanos) {
            run.shop.enqueue(this);
        } else {
            endWithFence();
        }
    }

    /** Over, but preloads still wait for the fence. */
    private void endWithFence() {
        refresh.fenceOpened();
        run.shop.loop.after(fenceNanos, refresh::fenceClosed);
        over(outcome, "");
    }

    /** What was purged stays so; a fence that is open closes by itself. */
    @Override
    void cancel() {
        if (!isCalling) {
            over(Outcome.CANCELLED, "");
        }
    }

    /** The back caches are finished with this unit. */
    void onBackOver() {
        if (!waitsForBack) {
            return;
        }
        waitsForBack = false;
        if (refresh.isProven(unit)) {
            closeFence();
        } else if (!isOver) {
            settleUnproven();
        }
    }

    private void closeFence() {
        Shop shop = run.shop;
        if (isOver) {
            refresh.fenceClosed();
            return;
        }
        if (isFront() && !unitRun.isBackOver()) {
            waitsForBack = true;
            return;
        }
        long endNanos = unitRun.latestNanos(appliedNanos) + fenceNanos;
        long leftNanos = endNanos - shop.loop.nowNanos();
        if (leftNanos > 0) {
            shop.loop.after(leftNanos, this::closeFence);
            return;
        }
        if (rounds == 1 && shop.isPreloadUnderWay(run.task(), unit, appliedNanos)) {
            wasExtended = true;
            shop.loop.after(PRELOAD_POLL_NANOS, this::closeFence);
            return;
        }
        if (fenceEnd == null) {
            fenceEnd = nodeTime(wasExtended ? shop.loop.nowNanos() : endNanos);
        }
        prove();
        refresh.fenceClosed();
    }

    private void prove() {
        if (outcome == Outcome.MARKED) {
            purgeLast("");
        } else if (isBroadProbe() ? !(lane.server() instanceof CacheServer.BroadProbeCapable) : unit.probe() == null) {
            purgeLast("nothing to probe");
        } else if (isBroad() && fenceNanos > 0) {
            purgeAgain(fenceEnd == null ? appliedAt : fenceEnd);
        } else {
            isProbe = true;
            run.shop.enqueue(this);
        }
    }

    /** Where nothing can be seen, a second purge removes what a fetch under way may have brought back. */
    private void purgeLast(String why) {
        reason = why;
        isLastPurge = true;
        isProbe = false;
        if (run.isCancelled) {
            over(outcome, why);
        } else {
            run.shop.enqueue(this);
        }
    }

    private void onProbe(ProbeResult result) {
        lane.answered(!(result instanceof ProbeResult.Failed));
        if (result instanceof ProbeResult.Absent) {
            over(Outcome.VERIFIED, "");
        } else if (result instanceof ProbeResult.Present present) {
            onPresent(present.storedAt());
        } else if (result instanceof ProbeResult.Unknown unknown) {
            purgeLast("not probed: " + unknown.reason());
        } else if (result instanceof ProbeResult.Failed failed) {
            failed(failed.reason());
        } else {
            throw new IllegalStateException("result: " + result + " (expected: one of ProbeResult)");
        }
    }

    private void onPresent(Instant storedAt) {
        Shop shop = run.shop;
        Instant end = fenceEnd == null ? appliedAt : fenceEnd;
        if (storedAt.getEpochSecond() > end.getEpochSecond()) {
            over(Outcome.VERIFIED, "");
            return;
        }
        shop.counters.refillsCaught.incrementAndGet();
        if (rounds > shop.settings.repeats()) {
            over(Outcome.STALE_AGAIN, "a copy stored at " + storedAt + " is back after " + rounds + " purges");
            return;
        }
        isLastPurge = isSoft();
        if (run.isCancelled) {
            over(outcome, "a copy stored at " + storedAt + " is back");
        } else {
            purgeAgain(end);
        }
    }

    /** At the next full second: what is fetched after it counts as newer than the fence. */
    private void purgeAgain(Instant end) {
        Shop shop = run.shop;
        attempts = 0;
        isProbe = false;
        Instant nextSecond = Instant.ofEpochSecond(end.getEpochSecond() + 1);
        long waitNanos = java.time.Duration.between(nodeTime(shop.loop.nowNanos()), nextSecond)
                .toNanos();
        if (waitNanos > 0) {
            shop.loop.after(waitNanos, () -> shop.enqueue(this));
        } else {
            shop.enqueue(this);
        }
    }

    @Override
    void onNoAnswer(String why) {
        lane.answered(false);
        failed(why);
    }

    @Override
    void onSlow() {
        answered();
    }

    private void failed(String why) {
        answered();
        if (run.shop.poison.isQuarantined(run.entry.key())) {
            over(Outcome.QUARANTINED, "the cache died twice with this: " + why);
            return;
        }
        if (retry()) {
            return;
        }
        if (isProbe) {
            over(outcome, "not probed: " + why);
        } else {
            over(Outcome.FAILED, why);
        }
    }

    private void over(Outcome wanted, String cause) {
        if (isOver) {
            return;
        }
        ended();
        boolean isUndone = wanted == Outcome.FAILED && run.isCancelled || wanted == Outcome.CANCELLED;
        Outcome end = !isUndone ? wanted : outcome == Outcome.PENDING ? Outcome.CANCELLED : outcome;
        if (end == Outcome.VERIFIED && lane.isUnwatched && !isBroad() && !isForgettable) {
            isForgettable = true;
            run.shop.counters.unjournaled.incrementAndGet();
        }
        boolean isUnproven = end == Outcome.VERIFIED && isForgettable;
        Outcome last = isUnproven ? Outcome.PURGED : end;
        String why = isUnproven
                ? "no journal, or no name of the cache's life: the copy may be back after its restart"
                : cause;
        outcome = last;
        reason = why.isEmpty() ? "" : lane.cache.name() + ": " + why;
        count(last);
        answered();
        if (!isFront()) {
            unitRun.backOver();
        }
        run.workOver();
        applied();
    }

    private void count(Outcome last) {
        AgentCounters counters = run.shop.counters;
        switch (last) {
            case VERIFIED -> counters.verified.incrementAndGet();
            case STALE_AGAIN -> {
                counters.staleAgain.incrementAndGet();
                counters.staleAgain(lane.cache.name()).incrementAndGet();
            }
            case FAILED -> counters.failed.incrementAndGet();
            case UNSUPPORTED -> counters.unsupported.incrementAndGet();
            case QUARANTINED -> counters.quarantined.incrementAndGet();
            case DENIED -> counters.denied.incrementAndGet();
            default -> {}
        }
    }

    private void answered() {
        if (!hasAnswered) {
            hasAnswered = true;
            if (!isFront()) {
                unitRun.backAnswered();
            }
        }
    }

    private void applied() {
        if (!hasApplied) {
            hasApplied = true;
            refresh.workApplied();
        }
    }

    /** The node's clock at a moment of the monotonic one: the two clocks were read together at the purge. */
    private Instant nodeTime(long nanos) {
        return appliedAt.plusNanos(nanos - appliedNanos);
    }

    private boolean isFront() {
        return !lane.cache.isBack();
    }

    private boolean isBroad() {
        return unit.kind() != TaskKind.URL;
    }

    /** Whether only a sample can be probed; a URL whose queries are ignored is broad, but has one to look at. */
    private boolean isBroadProbe() {
        return isBroad() && Objects.equals(unit.probe(), unit.purge());
    }

    private boolean isSoft() {
        return run.task().options().mode() == Mode.SOFT;
    }
}
