// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.Membership;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members as Redis has them: a hash {@code engine -> epoch \n api \n rpc \n version \n load} and a sorted set of the
 * ends of their leases by Redis' clock.
 */
final class RedisMembership implements Membership {
    private static final Logger logger = LoggerFactory.getLogger(RedisMembership.class);

    private final Connection connection;
    private final ScheduledExecutorService timer;
    private final List<String> keys;
    private final long leaseMillis;
    private final List<Consumer<List<Member>>> listeners = new CopyOnWriteArrayList<>();
    final TracedLock lock = new TracedLock("members");
    private @Nullable Member self; // under lock
    private boolean isBeating; // under lock
    private List<Member> lastTold = List.of(); // under lock
    private volatile boolean closed;

    RedisMembership(RedisLink link, String keyPrefix, long leaseMillis) {
        this.connection = link.leases();
        this.timer = link.timer();
        this.keys = List.of(keyPrefix + ":{members}:words", keyPrefix + ":{members}:ends");
        this.leaseMillis = leaseMillis;
    }

    /** {@inheritDoc} Tried on by itself when the stage fails. */
    @Override
    public CompletionStage<Void> join(Member newSelf) {
        check(newSelf.apiAddress(), "apiAddress");
        check(newSelf.rpcAddress(), "rpcAddress");
        check(newSelf.version(), "version");
        lock.lock();
        try {
            self = newSelf;
        } finally {
            lock.unlock();
        }
        startBeating();
        return beat().thenAccept(list -> {});
    }

    @Override
    public CompletionStage<List<Member>> members() {
        return beat();
    }

    @Override
    public void subscribe(Consumer<List<Member>> listener) {
        listeners.add(listener);
        startBeating();
    }

    @Override
    public CompletionStage<Void> leave() {
        Member own;
        lock.lock();
        try {
            own = self;
            self = null;
        } finally {
            lock.unlock();
        }
        if (own == null) {
            return CompletableFuture.allOf();
        }
        List<String> args = List.of(idOf(own), Long.toString(own.engine().epoch()));
        return connection.<Long>run(Script.LEAVE, keys, args).thenAccept(gone -> {});
    }

    void close() {
        closed = true;
    }

    private void startBeating() {
        lock.lock();
        try {
            if (isBeating) {
                return;
            }
            isBeating = true;
        } finally {
            lock.unlock();
        }
        plan();
    }

    private void plan() {
        if (!closed && !timer.isShutdown()) {
            Future<?> unused = timer.schedule(this::beatAgain, leaseMillis / 3, TimeUnit.MILLISECONDS);
        }
    }

    private void beatAgain() {
        beat().whenComplete((list, failure) -> plan());
    }

    /** Renews this engine if it has joined, and reads the list. */
    private CompletionStage<List<Member>> beat() {
        Member own;
        lock.lock();
        try {
            own = self;
        } finally {
            lock.unlock();
        }
        List<String> args = new ArrayList<>();
        args.add(Long.toString(leaseMillis));
        if (own != null) {
            args.add(idOf(own));
            args.add(Long.toString(own.engine().epoch()));
            args.add(String.join("\n", own.apiAddress(), own.rpcAddress(), own.version(), Long.toString(own.load())));
        }
        return connection.<List<Object>>run(Script.BEAT, keys, args).thenApply(reply -> {
            List<Member> now = decode(reply);
            tellChange(now);
            return now;
        });
    }

    private static List<Member> decode(List<Object> reply) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i + 1 < reply.size(); i += 2) {
            String[] words = reply.get(i + 1).toString().split("\n", -1);
            try {
                EngineEpoch engine =
                        new EngineEpoch(Integer.parseInt(reply.get(i).toString()), Long.parseLong(words[0]));
                members.add(new Member(engine, words[1], words[2], words[3], Long.parseLong(words[4])));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                logger.warn("member not understood engine={}", reply.get(i)); // of a newer version perhaps
            }
        }
        members.sort(Comparator.comparingInt(member -> member.engine().engine()));
        return List.copyOf(members);
    }

    private void tellChange(List<Member> now) {
        lock.lock();
        try {
            boolean same = withoutLoad(now).equals(withoutLoad(lastTold));
            lastTold = now;
            if (same) {
                return;
            }
        } finally {
            lock.unlock();
        }
        for (Consumer<List<Member>> listener : listeners) {
            try {
                listener.accept(now);
            } catch (RuntimeException e) {
                logger.warn("membership listener failed", e);
            }
        }
    }

    /** A load that moves is no change of membership. */
    private static List<Member> withoutLoad(List<Member> list) {
        return list.stream()
                .map(m -> new Member(m.engine(), m.apiAddress(), m.rpcAddress(), m.version(), 0))
                .toList();
    }

    private static String idOf(Member member) {
        return Integer.toString(member.engine().engine());
    }

    private static void check(String value, String name) {
        if (value.indexOf('\n') >= 0) {
            throw new IllegalArgumentException(name + ": (expected: one line)");
        }
    }
}
