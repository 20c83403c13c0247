// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Data that is read all the time and changes rarely, such as devices and hosts: kept in n copies that are read in turn, and
 * brought up to date from where it is stored.
 *
 * <p>Thread-safe. A read takes no lock, never waits and never gives an older version than any read before it: all copies
 * of a version appear at once. A refresh that fails leaves the data as they are and is told to the listener.
 *
 * @param <S> the data as they are stored; immutable
 * @param <T> the data as they are read; immutable, or confined in what they cache
 */
public final class ReplicatedCache<S, T> {
    private static final int MAX_WAITING = 1_024;

    private final Source<S> source;
    private final Function<S, T> reader;
    private final Predicate<Runnable> background;
    private final Listener<T> listener;
    private final int copies;
    private volatile Generation<T> current;
    /** Which copy is next. Torn by racing readers on purpose: a lost count only reads a copy twice. */
    private int turn;

    // guarded by this
    private final List<Waiting<T>> waiting = new ArrayList<>();
    private boolean isRefreshing;

    /**
     * Where the data come from.
     *
     * @param load reads them; blocks, and may throw
     * @param version of data; a change raises it
     */
    public record Source<S>(Supplier<S> load, ToLongFunction<S> version) {}

    /**
     * Learns what happens to the data. Must not throw.
     *
     * @param <T> the data as they are read
     */
    public interface Listener<T> {
        /** There is a newer version, for every reader. Called in order of versions; offers wait until it returns. */
        void onChange(T old, T now);

        /** A refresh failed; the old data stay. */
        void onStale(String reason);
    }

    /** All copies of one version. */
    private static final class Generation<T> {
        final long version;
        final T[] copies;

        Generation(long version, T[] copies) {
            this.version = version;
            this.copies = copies;
        }
    }

    private record Waiting<T>(long version, CompletableFuture<T> done) {}

    /**
     * A cache that has the first data.
     *
     * @param copies how many, a power of two
     * @param reader makes a copy; called once a copy, by one thread at a time
     * @param background runs a refresh where waiting is allowed; false = it cannot now
     * @param listener is told of changes and failures
     */
    public ReplicatedCache(
            int copies,
            S first,
            Source<S> source,
            Function<S, T> reader,
            Predicate<Runnable> background,
            Listener<T> listener) {
        if (Integer.bitCount(copies) != 1) {
            throw new IllegalArgumentException("copies: " + copies + " (expected: a power of two)");
        }
        this.copies = copies;
        this.source = source;
        this.reader = reader;
        this.background = background;
        this.listener = listener;
        current = generation(first);
    }

    private Generation<T> generation(S data) {
        @SuppressWarnings("unchecked") // seen as T[] in this class only
        T[] each = (T[]) new Object[copies];
        for (int i = 0; i < copies; i++) {
            each[i] = reader.apply(data);
        }
        return new Generation<>(source.version.applyAsLong(data), each);
    }

    /** The data. */
    public T get() {
        T[] each = current.copies;
        return each.length == 1 ? each[0] : each[turn++ & each.length - 1];
    }

    /** The version of the data. */
    public long version() {
        return current.version;
    }

    /** Takes data over that are at hand, if they are newer. Returns what is the newest now. */
    public T offer(S data) {
        List<Waiting<T>> reached = new ArrayList<>();
        T newest;
        synchronized (this) {
            if (source.version.applyAsLong(data) > current.version) {
                T old = get();
                current = generation(data);
                listener.onChange(old, get());
            }
            long version = current.version;
            newest = get();
            waiting.removeIf(each -> each.version <= version && reached.add(each));
        }
        reached.forEach(each -> each.done.complete(newest));
        return newest;
    }

    /** Reads the data anew. Blocks. False: that failed, and the old data stay. */
    public boolean refresh() {
        long before = version();
        S data;
        try {
            data = source.load.get();
        } catch (RuntimeException e) {
            fail("not refreshed since version " + version() + ": " + e.getMessage());
            return false;
        }
        offer(data);
        long loaded = source.version.applyAsLong(data);
        if (loaded < before) {
            fail("version " + loaded + " was read after version " + before);
            return false;
        }
        fail(loaded);
        return true;
    }

    private void fail(String reason) {
        listener.onStale(reason);
        fail(Long.MIN_VALUE);
    }

    /** Those who still wait for more than this version are told that it is not there. */
    private void fail(long version) {
        List<Waiting<T>> unmet;
        synchronized (this) {
            unmet = List.copyOf(waiting);
            waiting.clear();
        }
        unmet.forEach(each -> each.done.completeExceptionally(new IllegalStateException(
                "version " + each.version + " is not there" + (version < 0 ? "" : ", only " + version))));
    }

    /**
     * The data of this version or a newer one: at once if they are here, else after a refresh in the background. Never waits;
     * fails with {@link IllegalStateException} if the refresh fails, does not bring them, or cannot be started.
     */
    public CompletionStage<T> atLeast(long version) {
        CompletableFuture<T> done = new CompletableFuture<>();
        synchronized (this) {
            if (current.version >= version) {
                done.complete(get());
                return done;
            }
            if (waiting.size() < MAX_WAITING) {
                waiting.add(new Waiting<>(version, done));
            } else {
                done.completeExceptionally(new IllegalStateException("too many wait for newer data"));
                return done;
            }
            if (isRefreshing) {
                return done;
            }
            isRefreshing = true;
        }
        if (!background.test(this::refreshForWaiting)) {
            synchronized (this) {
                isRefreshing = false;
            }
            fail(version());
        }
        return done;
    }

    private void refreshForWaiting() {
        synchronized (this) {
            // who asks from here on needs a refresh that begins later
            isRefreshing = false;
        }
        refresh();
    }
}
