// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.CacheServer.HealthCapable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks caches that have nothing to do now and then whether they answer, so that a dead one is known before the next task
 * finds it. A cache that has work is not asked: its calls tell. One request for each cache at a time. Owned by the agent;
 * not thread-safe.
 */
final class IdleLooks {
    /** An answer that takes longer is none. */
    static final long LIMIT_NANOS = 5_000_000_000L;

    /** After a look that failed the next ones come sooner, until the cache counts as down. */
    private static final long AGAIN_NANOS = 1_000_000_000L;

    private final Shop shop;
    private final Loop loop;
    private final Map<CacheLane, Look> looks = new HashMap<>();
    private long periodNanos;

    IdleLooks(Shop shop, Loop loop) {
        this.shop = shop;
        this.loop = loop;
    }

    /** How long a cache may be idle until it is asked, a quarter more or less; 0 = for ever. Before the start. */
    void period(long nanos) {
        periodNanos = nanos;
    }

    /** Ten times a second. */
    void tick(long nowNanos) {
        if (periodNanos == 0) {
            return;
        }
        List<CacheLane> lanes = shop.lanes;
        looks.keySet().retainAll(lanes);
        for (CacheLane lane : lanes) {
            if (lane.server() instanceof HealthCapable server) {
                tick(lane, server, nowNanos);
            }
        }
    }

    private void tick(CacheLane lane, HealthCapable server, long nowNanos) {
        Look look = looks.get(lane);
        if (look == null) {
            look = new Look(nowNanos + (long) (periodNanos * shop.random.nextDouble()));
            looks.put(lane, look);
        }
        if (look.isAsked) {
            if (nowNanos - look.askedNanos >= LIMIT_NANOS) {
                answered(lane, look, look.number, false);
            }
        } else if (lane.unfinished > 0) {
            look.nextNanos = nowNanos + around(periodNanos);
        } else if (nowNanos - look.nextNanos >= 0) {
            Look asked = look;
            long number = ++look.number;
            look.isAsked = true;
            look.askedNanos = nowNanos;
            server.health(isAlive -> loop.post(() -> answered(lane, asked, number, isAlive)));
        }
    }

    private void answered(CacheLane lane, Look look, long number, boolean isAlive) {
        if (!look.isAsked || look.number != number || looks.get(lane) != look) {
            return; // too late, or the cache is not used any more
        }
        look.isAsked = false;
        if (lane.unfinished == 0) {
            lane.answered(isAlive); // else its calls know better, and may just have been cut off
        }
        boolean isDoubtful = !isAlive && !lane.isDown();
        look.nextNanos = loop.nowNanos() + around(isDoubtful ? Math.min(AGAIN_NANOS, periodNanos) : periodNanos);
    }

    private long around(long nanos) {
        return (long) (nanos * (0.75 + shop.random.nextDouble() / 2));
    }

    private static final class Look {
        private long nextNanos;
        private long askedNanos;
        private long number;
        private boolean isAsked;

        private Look(long nextNanos) {
            this.nextNanos = nextNanos;
        }
    }
}
