// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.PeerCaller;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Passes calls about other engines' tasks one hop on, and calls back those who look again in a second. Thread-safe; never
 * waits.
 */
final class Relay {
    /** Callers of wait who look again and again; each costs one read of the store a second. */
    private static final int MAX_WAITING = 10_000;

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final IntFunction<@Nullable String> addresses;
    private final @Nullable PeerCaller peers;
    private final PeerProof proof;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /** {@code addresses} says where the API of an engine answers; null = it is not there. */
    Relay(IntFunction<@Nullable String> addresses, @Nullable PeerCaller peers, PeerProof proof) {
        this.proof = proof;
        this.addresses = addresses;
        this.peers = peers;
    }

    /** Whether the call has come from another engine: it goes no further. */
    static boolean isRelayed(ApiRequest request) {
        return request.header(PeerCaller.RELAYED) != null;
    }

    /** Asks the owner; {@code done} gets null when it is not there or does not answer with what it knows. */
    void pass(Call call, EngineEpoch owner, Consumer<@Nullable ApiResponse> done) {
        pass(call, call.request().query(), TIMEOUT, owner, done);
    }

    /** The same with another query string, and with so much patience. */
    void pass(Call call, String query, Duration timeout, EngineEpoch owner, Consumer<@Nullable ApiResponse> done) {
        String address = isRelayed(call.request()) ? null : addresses.apply(owner.engine());
        PeerCaller caller = peers;
        if (address == null || caller == null) {
            done.accept(null);
            return;
        }
        caller.call(
                address,
                proof.sign(call.request(), query, call.caller()),
                query,
                timeout,
                answer -> done.accept(
                        answer.filter(response -> response.status() < 500).orElse(null)));
    }

    /** Runs the step at the next tick; false if there are too many. */
    boolean later(Runnable step) {
        synchronized (waiting) {
            return waiting.size() < MAX_WAITING && waiting.add(step);
        }
    }

    /** Once a second. */
    void tick() {
        List<Runnable> due;
        synchronized (waiting) {
            due = new ArrayList<>(waiting);
            waiting.clear();
        }
        due.forEach(Runnable::run);
    }
}
