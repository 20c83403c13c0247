// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A cache that does what the test says. By default it is honest: a purge removes the copy, a probe looks. Held calls are
 * answered when the test releases them.
 */
class ScriptedCache implements CacheServer {
    final List<String> calls = new ArrayList<>();
    final Map<String, Instant> copies = new HashMap<>();
    final List<List<String>> headers = new ArrayList<>();
    final List<CacheServer.Pace> paces = new ArrayList<>();
    final ArrayDeque<Runnable> held = new ArrayDeque<>();
    final EngineClock clock;
    Duration fence = Duration.ofSeconds(2);
    Function<String, CacheResult> onPurge;
    Function<String, ProbeResult> onProbe;
    Function<String, PreloadResult> onPreload;
    boolean isHoldingPurges;
    boolean isHoldingProbes;
    boolean isHoldingPreloads;

    ScriptedCache(EngineClock clock) {
        this.clock = clock;
        onPurge = this::honestPurge;
        onProbe = this::honestProbe;
        onPreload = url -> {
            copies.put(url, clock.now());
            return new PreloadResult.Loaded(200, 10);
        };
    }

    CacheResult honestPurge(String url) {
        return new CacheResult.Gone(clock.now(), copies.remove(url) != null, fence);
    }

    ProbeResult honestProbe(String url) {
        Instant storedAt = copies.get(url);
        return storedAt == null
                ? ProbeResult.Absent.ONE
                : new ProbeResult.Present(Instant.ofEpochSecond(storedAt.getEpochSecond()));
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        String url = request.target().wire();
        calls.add("purge " + url);
        answer(isHoldingPurges, () -> listener.onResult(onPurge.apply(url)));
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        String url = request.target().wire();
        calls.add("probe " + url);
        answer(isHoldingProbes, () -> listener.onResult(onProbe.apply(url)));
    }

    void answer(boolean isHeld, Runnable answer) {
        if (isHeld) {
            held.add(answer);
        } else {
            answer.run();
        }
    }

    long count(String call) {
        return calls.stream().filter(call::equals).count();
    }

    long countOf(String verb) {
        return calls.stream().filter(call -> call.startsWith(verb + " ")).count();
    }

    @Override
    public void close() {}

    /** One that can do everything. */
    static final class Able extends ScriptedCache
            implements CacheServer.PrefixPurgeCapable,
                    CacheServer.RegexPurgeCapable,
                    CacheServer.TagPurgeCapable,
                    CacheServer.HostPurgeCapable,
                    CacheServer.AllPurgeCapable,
                    CacheServer.SoftPurgeCapable,
                    CacheServer.BroadProbeCapable,
                    CacheServer.PreloadCapable {
        Able(EngineClock clock) {
            super(clock);
        }

        private void broad(String verb, String what, Listener<CacheResult> listener) {
            calls.add(verb + " " + what);
            answer(isHoldingPurges, () -> listener.onResult(onPurge.apply(what)));
        }

        @Override
        public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
            broad("prefix", request.target().wire(), listener);
        }

        @Override
        public void purgeRegex(PurgeRequest request, Listener<CacheResult> listener) {
            broad("regex", request.target().wire(), listener);
        }

        @Override
        public void purgeTag(PurgeRequest request, Listener<CacheResult> listener) {
            broad("tag", request.target().wire(), listener);
        }

        @Override
        public void purgeHost(PurgeRequest request, Listener<CacheResult> listener) {
            broad("host", request.target().wire(), listener);
        }

        @Override
        public void purgeAll(Listener<CacheResult> listener) {
            broad("all", "*", listener);
        }

        @Override
        public void purgeSoft(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener) {
            broad("soft", request.target().wire(), listener);
        }

        @Override
        public void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener) {
            String what = kind == TaskKind.ALL ? "*" : request.target().wire();
            calls.add("sample " + what);
            answer(isHoldingProbes, () -> listener.onResult(onProbe.apply(what)));
        }

        @Override
        public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
            String url = request.object().target().wire();
            headers.add(request.object().headers());
            paces.add(request.pace());
            calls.add("preload " + url);
            answer(isHoldingPreloads, () -> listener.onResult(onPreload.apply(url)));
        }
    }
}
