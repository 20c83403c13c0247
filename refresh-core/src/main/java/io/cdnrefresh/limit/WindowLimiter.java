// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.limit;

import io.cdnrefresh.limit.Allowance.Span;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.spi.SharedCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits that several engines share, without asking anybody while a request waits: each engine counts for itself, and every
 * few seconds they tell each other their totals. Totals of a window may be told again without harm; a shared counter that
 * comes back empty knows everything again after one round.
 *
 * <p><b>Soft</b> (the default): an engine takes until the limit less what it knows of the others. With N engines a window
 * lets through at most {@code limit + (N - 1) * min(limit, what one engine takes between two rounds)}. A round is brought
 * forward when an engine comes near what it may take.
 *
 * <p><b>Hard</b>: an engine takes only what it has claimed before, in slices; never more than the limit in all, but a
 * window's first requests are refused until the first slice is there.
 *
 * <p><b>Cut off</b> from the counters, an engine takes its share of the limit, one part of as many engines as there were
 * last; hard: what it had claimed, and nothing in new windows. Thread-safe; {@link #tick} for one thread at a time.
 */
public final class WindowLimiter {
    private static final Logger logger = LoggerFactory.getLogger(WindowLimiter.class);
    /** A hard limit is claimed in one part of so many for each engine. */
    private static final int SLICES = 8;
    /** After so many failed rounds the engine is cut off. */
    private static final int LOST_ROUNDS = 2;

    private final SharedCounters counters;
    private final String engine;
    private final IntSupplier engines;
    private final boolean isHard;
    private final long syncMillis;
    private final int maxAllowances;
    private final Map<Key, Allowance> allowances = new ConcurrentHashMap<>();
    private volatile boolean isHurried;
    private volatile int failedRounds;
    private volatile boolean isInRound;
    private long nextMillis;

    /** Whose limit. */
    private record Key(String subject, RateLimit limit) {}

    /** Windows that all engines count in one place. */
    private record Window(Duration length, long startMillis, long endMillis) {
        String text() {
            return length.toSeconds() + ":" + startMillis / 1_000;
        }
    }

    /**
     * Creates a limiter; nothing is shared before the first {@link #tick}.
     *
     * @param counters where engines tell each other
     * @param engine this engine, by a name that no other life of it has
     * @param engines how many engines there are, this one included; 1 or more
     * @param isHard see above
     * @param sync time between two rounds
     * @param maxAllowances the most subjects in memory; those above share one allowance for each limit
     */
    public WindowLimiter(
            SharedCounters counters,
            String engine,
            IntSupplier engines,
            boolean isHard,
            Duration sync,
            int maxAllowances) {
        this.counters = counters;
        this.engine = engine;
        this.engines = engines;
        this.isHard = isHard;
        syncMillis = sync.toMillis();
        this.maxAllowances = maxAllowances;
    }

    /** The allowance of a subject. Keep it for some requests, not for ever: one that is not used for a window is forgotten. */
    public Allowance allowance(String subject, RateLimit limit, long nowMillis) {
        Key key = new Key(subject, limit);
        Allowance known = allowances.get(key);
        if (known != null) {
            return known;
        }
        Key mine = allowances.size() < maxAllowances ? key : new Key("", limit);
        return allowances.computeIfAbsent(mine, any -> new Allowance(this, mine.subject, limit, nowMillis));
    }

    /** How a limit of a subject stands; makes nothing. */
    public Allowance.State state(String subject, RateLimit limit, long nowMillis) {
        Allowance known = allowances.get(new Key(subject, limit));
        return (known == null ? new Allowance(this, subject, limit, nowMillis) : known).state(nowMillis);
    }

    /** Subjects in memory. */
    public int size() {
        return allowances.size();
    }

    /** Whether the shared counters have not answered for some rounds. */
    public boolean isCutOff() {
        return failedRounds >= LOST_ROUNDS;
    }

    /** The next tick is to be a round. */
    void hurry() {
        if (!isHurried) {
            isHurried = true;
        }
    }

    private long share(long count) {
        return Math.max(0, count / Math.max(1, engines.getAsInt()));
    }

    /** What may be taken in a window before the first round. */
    long firstAllowance(RateLimit limit) {
        if (isHard) {
            return 0;
        }
        return isCutOff() ? share(limit.count()) : limit.count();
    }

    /** Begins a round when it is time. About once a second; never waits. */
    public void tick(long nowMillis) {
        boolean isDue = isHurried || nowMillis >= nextMillis;
        if (!isDue || isInRound) {
            return;
        }
        isHurried = false;
        nextMillis = nowMillis + syncMillis;
        Map<Window, List<Allowance>> windows = current(nowMillis);
        if (windows.isEmpty()) {
            return;
        }
        isInRound = true;
        Round round = new Round(windows.size());
        windows.forEach((window, all) -> tell(window, all, round));
    }

    /** What is in use, by window; forgets what is not. */
    private Map<Window, List<Allowance>> current(long nowMillis) {
        Map<Window, List<Allowance>> windows = new HashMap<>();
        allowances.values().removeIf(allowance -> {
            Span span = allowance.span();
            long length = span.endMillis - span.startMillis;
            if (nowMillis < span.endMillis) {
                Window window = new Window(allowance.limit().window(), span.startMillis, span.endMillis);
                windows.computeIfAbsent(window, any -> new ArrayList<>()).add(allowance);
            }
            return nowMillis - span.endMillis > length;
        });
        return windows;
    }

    private void tell(Window window, List<Allowance> all, Round round) {
        Map<String, Long> totals = new HashMap<>();
        Map<String, Claim> claims = new HashMap<>();
        for (Allowance allowance : all) {
            Span span = allowance.span();
            if (span.startMillis == window.startMillis) {
                String name = allowance.subject() + "|" + allowance.limit().count();
                span.claimed = claim(allowance.limit(), span);
                totals.put(name, span.claimed);
                claims.put(name, new Claim(allowance.limit(), span, span.claimed));
            }
        }
        int keepSeconds = (int) window.length.toSeconds() + 60;
        counters.sync(window.text(), engine, totals, keepSeconds).whenComplete((sums, e) -> {
            if (e == null) {
                claims.forEach((name, claim) -> learn(claim, sums.getOrDefault(name, claim.claimed)));
            } else {
                claims.values().forEach(this::missed);
            }
            round.ended(e);
        });
    }

    private record Claim(RateLimit limit, Span span, long claimed) {}

    private long claim(RateLimit limit, Span span) {
        long taken = span.get();
        if (!isHard) {
            return taken;
        }
        long slice = Math.max(1, share(limit.count()) / SLICES);
        boolean isLow = span.allowed - taken < slice;
        return isLow ? Math.max(span.claimed, Math.max(span.allowed, taken) + slice) : span.claimed;
    }

    /** The sum over all engines is known. */
    private void learn(Claim claim, long sum) {
        Span span = claim.span;
        long count = claim.limit.count();
        if (isHard) {
            long over = Math.max(0, sum - count);
            span.allowed = Math.max(span.allowed, claim.claimed - over);
        } else {
            span.allowed = Math.max(0, count - (sum - claim.claimed));
        }
        span.hurryAt = claim.claimed + Math.max(1, (span.allowed - claim.claimed) / 4);
    }

    /** The round has failed; once the engine is cut off it may take its share of what was left. */
    private void missed(Claim claim) {
        if (!isHard && failedRounds + 1 == LOST_ROUNDS) {
            Span span = claim.span;
            span.allowed = Math.min(span.allowed, claim.claimed + share(span.allowed - claim.claimed));
        }
    }

    /** The calls of one round. */
    private final class Round {
        private int open;
        private @Nullable Throwable fault;

        Round(int open) {
            this.open = open;
        }

        synchronized void ended(@Nullable Throwable e) {
            fault = e == null ? fault : e;
            if (--open > 0) {
                return;
            }
            if (fault != null) {
                failedRounds = Math.min(failedRounds + 1, LOST_ROUNDS + 1);
                if (failedRounds == LOST_ROUNDS) {
                    logger.warn(
                            "limits fall to this engine's share, shared counters do not answer cause={}",
                            fault.getMessage());
                }
            } else {
                failedRounds = 0;
            }
            isInRound = false;
        }
    }
}
