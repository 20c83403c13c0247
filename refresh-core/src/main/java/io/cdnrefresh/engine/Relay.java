// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.PeerCaller;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes calls about other engines' tasks one hop on, and calls back those who look again in a second. Thread-safe; never
 * waits.
 */
final class Relay {
    /** Callers of wait who look again and again; each costs one read of the store a second. */
    private static final int MAX_WAITING = 10_000;

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** How long the others have for their part of an answer that covers all engines. */
    private static final Duration PART_TIMEOUT = Duration.ofSeconds(2);

    private final Others others;
    private final @Nullable PeerCaller peers;
    private final PeerProof proof;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    Relay(Others others, @Nullable PeerCaller peers, PeerProof proof) {
        this.others = others;
        this.proof = proof;
        this.peers = peers;
    }

    /** The engines that are there. */
    interface Others {
        /** All that hold a lease, this one included, by id. */
        List<Member> members();

        boolean isSelf(int engine);

        /** Where the API of another engine answers; null if it is not there, or names no address. */
        @Nullable
        String address(int engine);
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
        String address = isRelayed(call.request()) ? null : others.address(owner.engine());
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

    /**
     * What one engine has said.
     *
     * @param isSelf whether it is the one that asks
     * @param answer null = it did not answer in time
     */
    record Part(
            EngineEpoch engine, boolean isSelf, @Nullable ApiResponse answer) {
        /** Whether its part is in the answer. */
        boolean isKnown() {
            return isSelf || answer != null;
        }
    }

    /**
     * Asks every other engine for its own part of the answer; {@code done} gets what all have said within a short time, this
     * engine too, by id. Any thread.
     */
    void askAll(Call call, ToQuery query, Consumer<List<Part>> done) {
        List<CompletableFuture<Part>> parts = new ArrayList<>();
        PeerCaller caller = peers;
        for (Member member : others.members()) {
            EngineEpoch engine = member.engine();
            boolean isSelf = others.isSelf(engine.engine());
            String address = isSelf ? null : others.address(engine.engine());
            CompletableFuture<Part> part = new CompletableFuture<>();
            parts.add(part);
            if (address == null || caller == null) {
                part.complete(new Part(engine, isSelf, null));
            } else {
                String wanted = query.of(engine);
                caller.call(
                        address,
                        proof.sign(call.request(), wanted, call.caller()),
                        wanted,
                        PART_TIMEOUT,
                        answer -> part.complete(new Part(
                                engine,
                                false,
                                answer.filter(response -> response.status() == 200)
                                        .orElse(null))));
            }
        }
        var unused = CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenRun(() ->
                        done.accept(parts.stream().map(CompletableFuture::join).toList()));
    }

    /** The query string for one engine. */
    @FunctionalInterface
    interface ToQuery {
        String of(EngineEpoch engine);
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
