// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.PreloadResult;

/** One object fetched through one cache. */
final class PreloadWork extends Work {
    PreloadWork(PreloadRun run, CacheLane lane, Unit unit) {
        super(run, lane, unit);
    }

    @Override
    void invoke(Call call) {
        CacheServer.Listener<PreloadResult> listener = call.listener(this::onLoaded);
        PurgeRequest request = unit.purge();
        if (run.shop.loop.nowNanos() - run.giveUpNanos >= 0) {
            listener.onResult(new PreloadResult.Rejected("deadline passed before it began"));
        } else if (request != null && lane.server() instanceof CacheServer.PreloadCapable capable) {
            capable.preload(request, listener);
        } else {
            call.<String>listener(why -> over(Outcome.UNSUPPORTED, why)).onResult("no preload");
        }
    }

    private void onLoaded(PreloadResult result) {
        lane.answered(!(result instanceof PreloadResult.Failed));
        if (result instanceof PreloadResult.Loaded) {
            over(Outcome.PRELOADED, "");
        } else if (result instanceof PreloadResult.Rejected rejected) {
            over(Outcome.FAILED, rejected.reason());
        } else if (result instanceof PreloadResult.Failed failed) {
            failed(failed.reason());
        } else {
            throw new IllegalStateException("result: " + result + " (expected: one of PreloadResult)");
        }
    }

    @Override
    void onNoAnswer(String why) {
        lane.answered(false);
        failed(why);
    }

    private void failed(String why) {
        if (!retry()) {
            over(Outcome.FAILED, why);
        }
    }

    private void over(Outcome last, String why) {
        outcome = last;
        reason = why.isEmpty() ? "" : lane.cache.name() + ": " + why;
        AgentCounters counters = run.shop.counters;
        switch (last) {
            case PRELOADED -> counters.preloaded.incrementAndGet();
            case UNSUPPORTED -> counters.unsupported.incrementAndGet();
            default -> counters.failed.incrementAndGet();
        }
        run.workOver();
    }
}
