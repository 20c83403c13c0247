// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Drives one cache server. What it can do beyond exact URLs it shows by also implementing {@link PrefixPurgeCapable},
 * {@link RegexPurgeCapable}, {@link TagPurgeCapable}, {@link HostPurgeCapable}, {@link AllPurgeCapable},
 * {@link SoftPurgeCapable}, {@link BroadProbeCapable}, {@link HealthCapable} or {@link PreloadCapable}.
 *
 * <p>Thread-safe. No method blocks. Every listener is called exactly once, on any thread, also when the server is closed
 * meanwhile; a result that does not come within the driver's own time limit is a {@link CacheResult.Failed}.
 */
public interface CacheServer extends AutoCloseable {
    /** Removes every copy of one URL, all variants, for {@link Mode#HARD}. */
    void purge(PurgeRequest request, Listener<CacheResult> listener);

    /** Looks, without asking the origin, whether a copy of a URL would be served. */
    void probe(PurgeRequest request, Listener<ProbeResult> listener);

    /** Which sort of server it is, one word for figures. Not abstract: a driver need not say. */
    default String driver() {
        return "custom";
    }

    /**
     * How long a purge may take by the driver's own limits; zero = no longer than the proxy's. A proxy waits for the longer of
     * both. Not abstract: most servers answer at once.
     */
    default Duration longestPurge() {
        return Duration.ZERO;
    }

    /** Ends requests under way with {@link CacheResult.Failed} and closes what the driver opened. Idempotent. */
    @Override
    void close();

    /** Takes one result. */
    @FunctionalInterface
    interface Listener<R> {
        /** Called exactly once. Must not block. */
        void onResult(R result);
    }

    /** Can remove all below a directory. */
    interface PrefixPurgeCapable {
        /** Removes every copy whose URL starts with the target, of the target's host only. */
        void purgePrefix(PurgeRequest request, Listener<CacheResult> listener);
    }

    /** Can remove by pattern. */
    interface RegexPurgeCapable {
        /** Removes every copy of the target's host whose path and query match its pattern. */
        void purgeRegex(PurgeRequest request, Listener<CacheResult> listener);
    }

    /** Can remove by tag. */
    interface TagPurgeCapable {
        /** Removes every copy of the target's host that carries the target's tag. */
        void purgeTag(PurgeRequest request, Listener<CacheResult> listener);
    }

    /** Can remove whole hosts. */
    interface HostPurgeCapable {
        /** Removes every copy of the target's host or hosts. */
        void purgeHost(PurgeRequest request, Listener<CacheResult> listener);
    }

    /** Can remove everything. */
    interface AllPurgeCapable {
        /** Removes every copy. */
        void purgeAll(Listener<CacheResult> listener);
    }

    /** Can make copies stale instead of gone. */
    interface SoftPurgeCapable {
        /**
         * Marks stale what a purge of this kind would remove; {@link CacheResult.Unsupported} for kinds that the server
         * cannot mark.
         *
         * @param kind any kind of refresh; with {@link TaskKind#ALL} the target's host is empty
         */
        void purgeSoft(TaskKind kind, PurgeRequest request, Listener<CacheResult> listener);
    }

    /** Can look whether a purge that was broader than a URL has removed what it should. */
    interface BroadProbeCapable {
        /**
         * Looks, without asking the origin, at a sample of what the last purge of this kind and target had to remove:
         * objects that were there before it, or that the driver put there for this. Tells the oldest that would still be
         * served.
         *
         * @param kind not {@link TaskKind#URL}; with {@link TaskKind#ALL} the target's host is empty
         */
        void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener);
    }

    /** Can be asked whether it answers at all, so that its death is noticed while there is nothing to do. */
    interface HealthCapable {
        /** Sends one request that no origin is asked for; false if no whole answer comes within a few seconds. */
        void health(Listener<Boolean> listener);
    }

    /** May bring purged copies back when it restarts, because its disk is behind its memory. */
    interface RestartCapable {
        /** How long before the end of a life purges may have been forgotten. */
        Duration forgets();

        /** What {@link #life} tells of a server that answers but names no life: nobody would notice a restart. */
        String UNNAMED = "-";

        /** Asks for the name of the server's present life; empty if it does not answer, {@link #UNNAMED} if it has none. */
        void life(Listener<String> listener);

        /**
         * Leaves a mark of this moment on the server's disk; tells whether it did. Not abstract: without marks a disk that is
         * too old for the journal is not recognised.
         */
        default void mark(Listener<Boolean> listener) {
            listener.onResult(false);
        }

        /** Looks for the newest mark on the server's disk: the disk is at least as new. {@link ProbeResult.Absent} if it has none. */
        default void marked(Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }
    }

    /** Keeps its copies in a folder within the proxy's reach; what it was told to forget is gone from there at once. */
    interface DiskCapable {
        /**
         * The folder. The proxy makes empty folders in it, {@code refresh-mark-ID-MILLIS}, to recognise a disk that was put back;
         * the server must leave them alone.
         */
        Path disk();
    }

    /** Can fetch. */
    interface PreloadCapable {
        /** Fetches a URL through the cache, reading and discarding its body. */
        void preload(PreloadRequest request, Listener<PreloadResult> listener);
    }

    /**
     * What is to be fetched, and at what pace.
     *
     * @param object the URL with its headers; {@code Range} may be one of them
     * @param headBytes how many first bytes of the body are wanted; 0 = none
     * @param pace told of every piece of the body
     */
    record PreloadRequest(PurgeRequest object, int headBytes, Pace pace) {}

    /** Hears how a body arrives and decides how fast the rest may. */
    @FunctionalInterface
    interface Pace {
        /** What {@link #read} gives to end the fetch. */
        long STOP = -1;

        /**
         * A piece has arrived and was thrown away. Must not block; called by one thread at a time.
         *
         * @return how many nanoseconds nothing more is to be read; {@link #STOP} = nothing any more
         */
        long read(int bytes);
    }

    /** What the drivers are asked about; see {@link Target} for its meaning by kind. */
    record PurgeRequest(Target target, List<String> headers, String trace) {
        /** Copies the headers: request headers, {@code Name: value}, that select a variant. */
        public PurgeRequest {
            headers = List.copyOf(headers);
        }
    }
}
