// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.limit.WindowLimiter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What tenants, kinds and hosts may submit, over all engines. A task is charged to all its limits or to none. Thread-safe,
 * never waits.
 */
final class IntakeLimiter {
    /** Subjects in memory: some 200 bytes each. */
    private static final int MAX_SUBJECTS = 100_000;

    private static final int TICKS_PER_LOOK = 5;

    private volatile IntakeLimits limits;
    private final Function<String, List<RateLimit>> ofTenants;
    private final Coordinator coordinator;
    private final EngineClock clock;
    private final WindowLimiter windows;
    /** Apart from tenants: anybody may name hosts. */
    private final WindowLimiter hosts;

    private volatile int engines = 1;
    /** Of the thread that ticks. */
    private int ticks;

    /** {@code ofTenants} says what the registry limits a tenant to; empty = nothing of its own. */
    IntakeLimiter(
            IntakeLimits limits,
            Function<String, List<RateLimit>> ofTenants,
            Coordinator coordinator,
            EngineClock clock,
            EngineEpoch epoch) {
        this.ofTenants = ofTenants;
        this.limits = limits;
        this.coordinator = coordinator;
        this.clock = clock;
        windows = limiter(epoch);
        hosts = limiter(epoch);
    }

    /** Uses other limits from now on; whether they are hard, and how often engines agree, stays as it is. */
    void update(IntakeLimits now) {
        limits = now;
    }

    private WindowLimiter limiter(EngineEpoch epoch) {
        return new WindowLimiter(
                coordinator.counters(), epoch.toString(), () -> engines, limits.isHard(), limits.sync(), MAX_SUBJECTS);
    }

    private record Charge(Allowance allowance, long cost) {}

    /**
     * What became of a charge.
     *
     * @param isTaken false: nothing was charged
     * @param tightest the limit that refused it, or the one with the least left; null = nothing is limited
     */
    record Verdict(boolean isTaken, Allowance.@Nullable State tightest, List<Charge> charges, long atMillis) {
        private static final Verdict FREE = new Verdict(true, null, List.of(), 0);

        /** It was not needed after all. */
        void giveBack() {
            charges.forEach(charge -> charge.allowance.giveBack(charge.cost, atMillis));
        }
    }

    Verdict take(RefreshTask task, Caller caller) {
        List<RateLimit> ofKey = caller.rights().limits();
        if (limits.isEmpty()
                && ofKey.isEmpty()
                && ofTenants.apply(task.tenant()).isEmpty()) {
            return Verdict.FREE;
        }
        long now = clock.now().toEpochMilli();
        List<Charge> charges = charges(task, caller, now);
        for (int i = 0; i < charges.size(); i++) {
            Charge charge = charges.get(i);
            if (!charge.allowance.tryAcquire(charge.cost, now)) {
                new Verdict(true, null, charges.subList(0, i), now).giveBack();
                return new Verdict(false, charge.allowance.state(now), List.of(), now);
            }
        }
        Allowance.State tightest = null;
        for (Charge charge : charges) {
            Allowance.State state = charge.allowance.state(now);
            tightest = tightest == null || state.left() < tightest.left() ? state : tightest;
        }
        return new Verdict(true, tightest, charges, now);
    }

    private List<Charge> charges(RefreshTask task, Caller caller, long now) {
        long cost = limits.cost(task);
        List<Charge> charges = new ArrayList<>();
        add(charges, windows, tenantSubject(task.tenant()), ofTenant(task.tenant()), cost, now);
        add(charges, windows, keySubject(caller), caller.rights().limits(), cost, now);
        add(charges, windows, kindSubject(task.tenant(), task.kind()), ofKind(task.kind()), cost, now);
        if (!limits.host().isEmpty()) {
            Map<String, Integer> targets = new HashMap<>();
            for (Target target : task.targets()) {
                targets.merge(target.host(), 1, Integer::sum);
            }
            long each = cost / Math.max(1, task.targets().size());
            targets.forEach((host, count) -> add(charges, hosts, hostSubject(host), limits.host(), count * each, now));
        }
        return charges;
    }

    private static void add(
            List<Charge> charges, WindowLimiter in, String subject, List<RateLimit> of, long cost, long now) {
        for (RateLimit limit : of) {
            charges.add(new Charge(in.allowance(subject, limit, now), cost));
        }
    }

    private List<RateLimit> ofTenant(String tenant) {
        List<RateLimit> own = ofTenants.apply(tenant);
        return own.isEmpty() ? limits.tenant() : own;
    }

    private static String keySubject(Caller caller) {
        return "key:" + caller.keyId();
    }

    private List<RateLimit> ofKind(TaskKind kind) {
        return limits.kinds().getOrDefault(kind, List.of());
    }

    private static String tenantSubject(String tenant) {
        return of("tenant", tenant);
    }

    private static String kindSubject(String tenant, TaskKind kind) {
        return of("kind-" + kind.name().toLowerCase(Locale.ROOT), tenant);
    }

    private static String of(String what, String tenant) {
        return tenant.isEmpty() ? what : what + ":" + tenant;
    }

    private static String hostSubject(String host) {
        return "host:" + host;
    }

    /** How the limits of a caller's tenant and key stand; with a host, that host's as well. */
    List<Allowance.State> quota(Caller caller, @Nullable String host) {
        String tenant = caller.tenant();
        long now = clock.now().toEpochMilli();
        List<Allowance.State> all = new ArrayList<>();
        ofTenant(tenant).forEach(limit -> all.add(windows.state(tenantSubject(tenant), limit, now)));
        for (TaskKind kind : TaskKind.values()) {
            ofKind(kind).forEach(limit -> all.add(windows.state(kindSubject(tenant, kind), limit, now)));
        }
        caller.rights().limits().forEach(limit -> all.add(windows.state(keySubject(caller), limit, now)));
        if (host != null) {
            limits.host().forEach(limit -> all.add(hosts.state(hostSubject(host), limit, now)));
        }
        return all;
    }

    /** Once a second; never waits. */
    void tick() {
        if (limits.isEmpty() && size() == 0) {
            return;
        }
        if (ticks++ % TICKS_PER_LOOK == 0) {
            coordinator.membership().members().thenAccept(members -> engines = Math.max(1, members.size()));
        }
        windows.tick(clock.now().toEpochMilli());
        hosts.tick(clock.now().toEpochMilli());
    }

    /** Subjects in memory. */
    int size() {
        return windows.size() + hosts.size();
    }

    /** The most subjects in memory. */
    static int bound() {
        return 2 * MAX_SUBJECTS;
    }
}
