// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RedirectRule;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PreloadRequest;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.PreloadResult;
import java.util.List;
import java.util.Objects;

/** One object fetched through one cache; nothing of it is kept but the text of a playlist. */
final class PreloadWork extends Work {
    /** The most redirects after each other. */
    static final int MAX_HOPS = 5;

    /** How many levels of playlists are followed from here on. */
    final int depth;
    /** How many steps it is away from the target. */
    final int hops;

    private final PreloadRun preload;

    PreloadWork(PreloadRun run, CacheLane lane, Unit unit, int depth, int hops) {
        super(run, lane, unit);
        preload = run;
        this.depth = depth;
        this.hops = hops;
    }

    Target target() {
        return Objects.requireNonNull(unit.purge()).target();
    }

    String host() {
        return target().host();
    }

    @Override
    void invoke(Call call) {
        CacheServer.Listener<PreloadResult> listener = call.listener(this::onLoaded);
        PurgeRequest request = unit.purge();
        if (run.shop.loop.nowNanos() - run.giveUpNanos >= 0) {
            listener.onResult(new PreloadResult.Rejected("deadline passed before it began"));
        } else if (request != null && lane.server() instanceof CacheServer.PreloadCapable capable) {
            PreloadBudget.Rate rate = run.shop.preloads.rate(this);
            capable.preload(
                    new PreloadRequest(request, depth > 0 ? Playlist.MAX_BYTES : 0, bytes -> read(rate, bytes)),
                    listener);
        } else {
            call.<String>listener(why -> over(Outcome.UNSUPPORTED, why)).onResult("no preload");
        }
    }

    /** On any thread. */
    private long read(PreloadBudget.Rate rate, int bytes) {
        preload.readBytes.addAndGet(bytes);
        run.shop.counters.preloadBytes.addAndGet(bytes);
        if (run.isCancelled) {
            return CacheServer.Pace.STOP;
        }
        return Math.max(rate.pauseNanos(bytes), preload.pauseNanos(bytes));
    }

    private void onLoaded(PreloadResult result) {
        lane.answered(!(result instanceof PreloadResult.Failed));
        if (result instanceof PreloadResult.Loaded loaded) {
            whole(loaded);
        } else if (result instanceof PreloadResult.Rejected rejected) {
            over(Outcome.FAILED, rejected.reason());
        } else if (result instanceof PreloadResult.Redirected redirected) {
            boolean isFollowed = preload.options.redirects() == RedirectRule.FOLLOW;
            String why = isFollowed ? preload.redirect(this, redirected.location()) : "not followed";
            over(
                    why.isEmpty() ? Outcome.PRELOADED : Outcome.FAILED,
                    why.isEmpty() ? "" : "status " + redirected.status() + ": " + why);
        } else if (result instanceof PreloadResult.Failed failed) {
            failed(failed.reason());
        } else {
            throw new IllegalStateException("result: " + result + " (expected: one of PreloadResult)");
        }
    }

    private void whole(PreloadResult.Loaded loaded) {
        preload.loaded(loaded.bytes());
        List<String> references = depth > 0 ? Playlist.read(loaded.head()) : null;
        if (references == null) {
            over(Outcome.PRELOADED, "");
        } else if (loaded.bytes() > loaded.head().length) {
            over(Outcome.FAILED, "playlist longer than " + Playlist.MAX_BYTES + " bytes");
        } else {
            String why = preload.follow(this, references);
            over(why.isEmpty() ? Outcome.PRELOADED : Outcome.FAILED, why);
        }
    }

    @Override
    void onNoAnswer(String why) {
        lane.answered(false);
        failed(why);
    }

    private void failed(String why) {
        if (!retry()) {
            over(run.isCancelled ? Outcome.CANCELLED : Outcome.FAILED, why);
        }
    }

    @Override
    void cancel() {
        if (!isOver && !isCalling) {
            over(Outcome.CANCELLED, "");
        }
    }

    private void over(Outcome last, String why) {
        ended();
        outcome = last;
        String object = hops == 0 || why.isEmpty() ? "" : target().path() + ": ";
        reason = why.isEmpty() ? "" : lane.cache.name() + ": " + object + why;
        AgentCounters counters = run.shop.counters;
        switch (last) {
            case PRELOADED -> counters.preloaded.incrementAndGet();
            case UNSUPPORTED -> counters.unsupported.incrementAndGet();
            case CANCELLED -> {}
            default -> counters.failed.incrementAndGet();
        }
        run.workOver();
    }
}
