// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Verify;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A refresh on all caches, back layer before front. Owned by the agent; not thread-safe. */
final class RefreshRun extends CommandRun {
    /** A refresh is tried for so long even when its deadline is near or over: it stays owed. */
    private static final Duration LEAST_EFFORT = Duration.ofSeconds(30);

    private final List<RefreshWork> works = new ArrayList<>();
    private final List<UnitRun> units = new ArrayList<>();
    private final List<Runnable> dependents = new ArrayList<>(0);
    private int unapplied;
    private int openFences;

    RefreshRun(Entry entry, Command command, Shop shop) {
        super(entry, command, shop, LEAST_EFFORT);
    }

    @Override
    void start() {
        shop.covers.add(this);
        for (Unit unit : unitsToDo()) {
            UnitRun unitRun = new UnitRun(this, unit);
            units.add(unitRun);
            works.addAll(unitRun.back);
            works.addAll(unitRun.front);
        }
        expect(works.size());
        unapplied = works.size();
        if (works.isEmpty()) {
            finishIfDone();
            shop.closed(this);
            return;
        }
        units.forEach(UnitRun::start);
    }

    @Override
    List<RefreshWork> works() {
        return works;
    }

    /** Whether the unit is probed. */
    boolean isProven(Unit unit) {
        Verify verify = task().options().verify();
        return verify == Verify.ALL || verify == Verify.SAMPLE && unit.index() % shop.settings.sampleEvery() == 0;
    }

    /** One work was applied for the first time, or given up before it was. */
    void workApplied() {
        unapplied--;
        if (unapplied == 0 && !isFinished()) {
            shop.interim(this, collect());
        }
    }

    @Override
    void workOver() {
        super.workOver();
        closeIfDone();
    }

    void fenceOpened() {
        openFences++;
        shop.counters.openFences.incrementAndGet();
    }

    void fenceClosed() {
        openFences--;
        shop.counters.openFences.decrementAndGet();
        closeIfDone();
    }

    private void closeIfDone() {
        if (isFinished() && openFences == 0) {
            shop.closed(this);
        }
    }

    /** Something, such as a preload, has to wait for this refresh and its fences. */
    void addDependent(Runnable next) {
        dependents.add(next);
    }

    void releaseDependents() {
        List<Runnable> released = List.copyOf(dependents);
        dependents.clear();
        released.forEach(Runnable::run);
    }
}
