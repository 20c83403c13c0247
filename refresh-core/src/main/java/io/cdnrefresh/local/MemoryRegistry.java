// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Engines, devices, hosts and audit of a {@link MemoryStore}. Thread-safe. */
final class MemoryRegistry {
    private static final int MAX_ENGINES = 1_024;
    private static final int MAX_AUDIT = 10_000;
    private static final int MAX_DETAIL = 1_000;

    private record Holder(long epoch, String owner, long untilNanos) {}

    private final EngineClock clock;

    @GuardedBy("this")
    private final Map<Integer, Holder> engines = new HashMap<>();

    @GuardedBy("this")
    private final Deque<AuditFilter.Entry> audit = new ArrayDeque<>();

    @GuardedBy("this")
    private long audits;

    private volatile RegistrySnapshot snapshot = RegistrySnapshot.EMPTY;

    MemoryRegistry(EngineClock clock) {
        this.clock = clock;
    }

    /** The epoch of an engine; 0 = its id was never claimed. */
    synchronized long epoch(int engine) {
        Holder holder = engines.get(engine);
        return holder == null ? 0 : holder.epoch;
    }

    synchronized EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease) {
        int id = wanted.isPresent() ? wanted.getAsInt() : freeId(owner);
        Holder old = engines.get(id);
        if (old != null && isTaken(old, owner)) {
            throw new StoreException(
                    Category.PERMANENT, "engine " + id + " is claimed by " + old.owner + " and alive", null);
        }
        long epoch = old == null ? 1 : old.epoch + 1;
        EngineClaim claim = new EngineClaim(new EngineEpoch(id, epoch), old != null);
        engines.put(id, new Holder(epoch, owner, clock.nanos() + lease.toNanos()));
        return claim;
    }

    @GuardedBy("this")
    private int freeId(String owner) {
        int free = -1;
        for (int id = 0; id < MAX_ENGINES; id++) {
            Holder holder = engines.get(id);
            if (holder != null && holder.owner.equals(owner)) {
                return id;
            }
            if (free < 0 && (holder == null || !isTaken(holder, owner))) {
                free = id;
            }
        }
        if (free < 0) {
            throw new StoreException(Category.PERMANENT, "all " + MAX_ENGINES + " engine ids are claimed", null);
        }
        return free;
    }

    private boolean isTaken(Holder holder, String owner) {
        return !holder.owner.equals(owner) && holder.untilNanos - clock.nanos() > 0;
    }

    synchronized boolean renewEngine(EngineClaim claim, String owner, Duration lease) {
        Holder holder = engines.get(claim.epoch().engine());
        if (holder == null || holder.epoch != claim.epoch().epoch() || !holder.owner.equals(owner)) {
            return false;
        }
        engines.put(claim.epoch().engine(), new Holder(holder.epoch, owner, clock.nanos() + lease.toNanos()));
        return true;
    }

    /** Those whose claim holds, by id. */
    synchronized List<EngineEpoch> living() {
        return engines.entrySet().stream()
                .filter(entry -> entry.getValue().untilNanos - clock.nanos() > 0)
                .map(entry -> new EngineEpoch(entry.getKey(), entry.getValue().epoch))
                .sorted(Comparator.comparingInt(EngineEpoch::engine))
                .toList();
    }

    /** Fences those whose claim has run out; as they were. */
    synchronized List<EngineEpoch> endOver() {
        List<EngineEpoch> over = engines.entrySet().stream()
                .filter(entry -> !entry.getValue().owner.isEmpty() && entry.getValue().untilNanos - clock.nanos() <= 0)
                .map(entry -> new EngineEpoch(entry.getKey(), entry.getValue().epoch))
                .toList();
        over.forEach(engine -> end(engine.engine()));
        return over;
    }

    /** Raises the epoch of an engine, and frees its id. */
    synchronized void end(int engine) {
        engines.computeIfPresent(engine, (id, old) -> new Holder(old.epoch + 1, "", clock.nanos()));
    }

    synchronized RegistrySnapshot apply(List<RegistryChange> changes) {
        snapshot = snapshot.with(changes);
        return snapshot;
    }

    RegistrySnapshot load() {
        return snapshot;
    }

    synchronized void audit(List<AuditRecord> records) {
        for (AuditRecord audited : records) {
            audit.addLast(new AuditFilter.Entry(++audits, cut(audited)));
            if (audit.size() > MAX_AUDIT) {
                audit.removeFirst();
            }
        }
    }

    private static AuditRecord cut(AuditRecord audited) {
        if (audited.detail().length() <= MAX_DETAIL) {
            return audited;
        }
        return new AuditRecord(
                audited.at(),
                audited.actor(),
                audited.tenant(),
                audited.action(),
                audited.subject(),
                audited.detail().substring(0, MAX_DETAIL));
    }

    synchronized List<AuditFilter.Entry> auditLog(AuditFilter filter, long before, int limit) {
        List<AuditFilter.Entry> newest = new ArrayList<>();
        for (Iterator<AuditFilter.Entry> each = audit.descendingIterator(); each.hasNext() && newest.size() < limit; ) {
            AuditFilter.Entry entry = each.next();
            if (entry.place() < before && filter.matches(entry.record())) {
                newest.add(entry);
            }
        }
        return newest;
    }
}
