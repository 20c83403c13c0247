// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.model.PreloadLimits;
import java.time.Duration;

/**
 * How much a proxy does at once, waits for and remembers. Immutable; {@link #DEFAULTS} with the changes of {@link
 * #toBuilder}.
 *
 * @param urlInFlight most calls of one cache at once for purges of exact URLs
 * @param broadInFlight most calls of one cache at once for prefix, regex, tag, host and all
 * @param preloadInFlight most preloads of one cache at once
 * @param slowInFlight most calls of one cache that take longer than {@code slowAfter}; then nothing new is begun there
 * @param urlQueue most unfinished commands of exact URLs
 * @param broadQueue most unfinished commands of prefix, regex, tag, host and all
 * @param preloadQueue most unfinished preload commands
 * @param parkedCommands most commands of one engine that wait for room in their queue; then the engine is asked to wait
 * @param windowEntries most commands whose results are remembered
 * @param windowBytes most bytes that they may take, estimated
 * @param slowAfter when a call stops holding a slot
 * @param callTimeout when a purge or probe without an answer has failed
 * @param preloadTimeout when a preload without an answer has failed
 * @param maxAttempts most attempts of one call; the deadline of the task may end them earlier
 * @param firstRetry wait after the first failed attempt; doubles each time, less a random part
 * @param longestRetry longest wait between attempts
 * @param purgeRepeats how often a target whose old copy may have come back is purged again
 * @param sampleEvery with {@code verify: sample}, one target of so many is probed, the first always
 * @param reportBatch most reports sent at once
 * @param reportDelay longest that a report waits for company while calls are under way
 * @param cacheCheck how long a cache may have nothing to do until it is asked whether it answers; zero = for ever
 * @param preloads how much is preloaded at once, besides preloadInFlight
 */
public record ProxyOptions(
        int urlInFlight,
        int broadInFlight,
        int preloadInFlight,
        int slowInFlight,
        int urlQueue,
        int broadQueue,
        int preloadQueue,
        int parkedCommands,
        int windowEntries,
        long windowBytes,
        Duration slowAfter,
        Duration callTimeout,
        Duration preloadTimeout,
        int maxAttempts,
        Duration firstRetry,
        Duration longestRetry,
        int purgeRepeats,
        int sampleEvery,
        int reportBatch,
        Duration reportDelay,
        Duration cacheCheck,
        PreloadLimits preloads) {
    /** For one node with a few caches. */
    public static final ProxyOptions DEFAULTS = new ProxyOptions(
            64,
            4,
            8,
            64,
            65_536,
            4_096,
            32_768,
            16_384,
            262_144,
            134_217_728L,
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofHours(1),
            100,
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            3,
            10,
            256,
            Duration.ofMillis(2),
            Duration.ofSeconds(10),
            PreloadLimits.DEFAULTS);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the option, its value and what is allowed
     */
    public ProxyOptions {
        require("urlInFlight", urlInFlight, 1, 65536);
        require("broadInFlight", broadInFlight, 1, 65536);
        require("preloadInFlight", preloadInFlight, 1, 65536);
        require("slowInFlight", slowInFlight, 1, 65536);
        require("urlQueue", urlQueue, 1, 16777216);
        require("broadQueue", broadQueue, 1, 16777216);
        require("preloadQueue", preloadQueue, 1, 16777216);
        require("parkedCommands", parkedCommands, 1, 16777216);
        require("windowEntries", windowEntries, 16, 16777216);
        require("windowBytes", windowBytes, 65536, 1L << 40);
        requireMillis("slowAfter", slowAfter, 10, 3600000);
        requireMillis("callTimeout", callTimeout, 10, 86400000);
        requireMillis("preloadTimeout", preloadTimeout, 10, 86400000);
        require("maxAttempts", maxAttempts, 1, 1000000);
        requireMillis("firstRetry", firstRetry, 1, 3600000);
        requireMillis("longestRetry", longestRetry, 1, 86400000);
        require("purgeRepeats", purgeRepeats, 0, 100);
        require("sampleEvery", sampleEvery, 1, 1000000);
        require("reportBatch", reportBatch, 1, 4096);
        requireMillis("reportDelay", reportDelay, 0, 10000);
        requireMillis("cacheCheck", cacheCheck, 0, 3600000);
        if (callTimeout.compareTo(slowAfter) < 0) {
            throw new IllegalArgumentException(
                    "callTimeout: " + callTimeout + " (expected: at least slowAfter, " + slowAfter + ")");
        }
    }

    private static void require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + ".." + most + ")");
        }
    }

    private static void requireMillis(String name, Duration value, long leastMillis, long mostMillis) {
        Duration least = Duration.ofMillis(leastMillis);
        Duration most = Duration.ofMillis(mostMillis);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + ".." + most + ")");
        }
    }

    /** A builder that starts with these options. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** A builder that starts with {@link #DEFAULTS}. */
    public static Builder builder() {
        return new Builder(DEFAULTS);
    }

    /** Collects changes; ranges are checked by {@link #build}. Not thread-safe. */
    public static final class Builder {
        private int urlInFlight;
        private int broadInFlight;
        private int preloadInFlight;
        private int slowInFlight;
        private int urlQueue;
        private int broadQueue;
        private int preloadQueue;
        private int parkedCommands;
        private int windowEntries;
        private long windowBytes;
        private Duration slowAfter;
        private Duration callTimeout;
        private Duration preloadTimeout;
        private int maxAttempts;
        private Duration firstRetry;
        private Duration longestRetry;
        private int purgeRepeats;
        private int sampleEvery;
        private int reportBatch;
        private Duration reportDelay;
        private Duration cacheCheck;
        private PreloadLimits preloads;

        private Builder(ProxyOptions from) {
            urlInFlight = from.urlInFlight;
            broadInFlight = from.broadInFlight;
            preloadInFlight = from.preloadInFlight;
            slowInFlight = from.slowInFlight;
            urlQueue = from.urlQueue;
            broadQueue = from.broadQueue;
            preloadQueue = from.preloadQueue;
            parkedCommands = from.parkedCommands;
            windowEntries = from.windowEntries;
            windowBytes = from.windowBytes;
            slowAfter = from.slowAfter;
            callTimeout = from.callTimeout;
            preloadTimeout = from.preloadTimeout;
            maxAttempts = from.maxAttempts;
            firstRetry = from.firstRetry;
            longestRetry = from.longestRetry;
            purgeRepeats = from.purgeRepeats;
            sampleEvery = from.sampleEvery;
            reportBatch = from.reportBatch;
            reportDelay = from.reportDelay;
            cacheCheck = from.cacheCheck;
            preloads = from.preloads;
        }

        /** See {@link ProxyOptions#urlInFlight}. */
        public Builder urlInFlight(int value) {
            urlInFlight = value;
            return this;
        }

        /** See {@link ProxyOptions#broadInFlight}. */
        public Builder broadInFlight(int value) {
            broadInFlight = value;
            return this;
        }

        /** See {@link ProxyOptions#preloadInFlight}. */
        public Builder preloadInFlight(int value) {
            preloadInFlight = value;
            return this;
        }

        /** See {@link ProxyOptions#slowInFlight}. */
        public Builder slowInFlight(int value) {
            slowInFlight = value;
            return this;
        }

        /** See {@link ProxyOptions#urlQueue}. */
        public Builder urlQueue(int value) {
            urlQueue = value;
            return this;
        }

        /** See {@link ProxyOptions#broadQueue}. */
        public Builder broadQueue(int value) {
            broadQueue = value;
            return this;
        }

        /** See {@link ProxyOptions#preloadQueue}. */
        public Builder preloadQueue(int value) {
            preloadQueue = value;
            return this;
        }

        /** See {@link ProxyOptions#parkedCommands}. */
        public Builder parkedCommands(int value) {
            parkedCommands = value;
            return this;
        }

        /** See {@link ProxyOptions#windowEntries}. */
        public Builder windowEntries(int value) {
            windowEntries = value;
            return this;
        }

        /** See {@link ProxyOptions#windowBytes}. */
        public Builder windowBytes(long value) {
            windowBytes = value;
            return this;
        }

        /** See {@link ProxyOptions#slowAfter}. */
        public Builder slowAfter(Duration value) {
            slowAfter = value;
            return this;
        }

        /** See {@link ProxyOptions#callTimeout}. */
        public Builder callTimeout(Duration value) {
            callTimeout = value;
            return this;
        }

        /** See {@link ProxyOptions#preloadTimeout}. */
        public Builder preloadTimeout(Duration value) {
            preloadTimeout = value;
            return this;
        }

        /** See {@link ProxyOptions#maxAttempts}. */
        public Builder maxAttempts(int value) {
            maxAttempts = value;
            return this;
        }

        /** See {@link ProxyOptions#firstRetry}. */
        public Builder firstRetry(Duration value) {
            firstRetry = value;
            return this;
        }

        /** See {@link ProxyOptions#longestRetry}. */
        public Builder longestRetry(Duration value) {
            longestRetry = value;
            return this;
        }

        /** See {@link ProxyOptions#purgeRepeats}. */
        public Builder purgeRepeats(int value) {
            purgeRepeats = value;
            return this;
        }

        /** See {@link ProxyOptions#sampleEvery}. */
        public Builder sampleEvery(int value) {
            sampleEvery = value;
            return this;
        }

        /** See {@link ProxyOptions#reportBatch}. */
        public Builder reportBatch(int value) {
            reportBatch = value;
            return this;
        }

        /** See {@link ProxyOptions#reportDelay}. */
        public Builder reportDelay(Duration value) {
            reportDelay = value;
            return this;
        }

        /** See {@link ProxyOptions#cacheCheck}. */
        public Builder cacheCheck(Duration value) {
            cacheCheck = value;
            return this;
        }

        /** See {@link ProxyOptions#preloads}. */
        public Builder preloads(PreloadLimits value) {
            preloads = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public ProxyOptions build() {
            return new ProxyOptions(
                    urlInFlight,
                    broadInFlight,
                    preloadInFlight,
                    slowInFlight,
                    urlQueue,
                    broadQueue,
                    preloadQueue,
                    parkedCommands,
                    windowEntries,
                    windowBytes,
                    slowAfter,
                    callTimeout,
                    preloadTimeout,
                    maxAttempts,
                    firstRetry,
                    longestRetry,
                    purgeRepeats,
                    sampleEvery,
                    reportBatch,
                    reportDelay,
                    cacheCheck,
                    preloads);
        }
    }
}
