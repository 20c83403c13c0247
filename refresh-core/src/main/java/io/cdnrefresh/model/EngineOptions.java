// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * How an engine runs; nothing of it changes after the start. Immutable; {@link #DEFAULTS} with the changes of
 * {@link #toBuilder}.
 *
 * @param id the engine's id, 0 to 1023; empty = the lowest that is free in the registry
 * @param owner names the process across restarts, so that it gets its claim back at once
 * @param version of the software, for membership and {@code /version}
 * @param apiAddress host:port of the API as other engines reach it; empty = unknown
 * @param rpcAddress host:port as proxies reach this engine; empty = unknown
 * @param lanes partitions of the tasks: a power of two up to 64; 0 = the number of cores, rounded up
 * @param savers writers at the store: a power of two up to 64; 0 = as many as the store allows, at most 2
 * @param queueCapacity places in the queue of each stage: a power of two from 64
 * @param maxTasks tasks in memory at most; more are refused
 * @param maxBatch rows in one statement, 1 to 5,000
 * @param resend how long a device may be silent before it is asked again; doubles up to {@code longestResend}
 * @param longestResend see {@code resend}
 * @param update the least time between two saves of one unfinished task
 * @param grace how long a finished task stays in memory; shorter once 4,096 newer ones are settled, too
 * @param barrier how long edges wait for parents at most
 * @param offlineAfter how long a device is away before it is declared offline
 * @param lease how long the claim of the engine's id holds without renewal
 * @param retention how long finished tasks are kept in the store
 * @param flow what each device may have under way, and when it is slow
 * @param collapseAbove targets of one tenant that are brought back to one device one by one; more become prefixes or
 *     hosts
 * @param gateMaxRed the share of a group that may be kept out of service because it has not caught up, 0 to 1; at least
 *     one device of each group
 * @param limits how much may be submitted, over all engines
 * @param lockLimit locks are traced, and one that is held for longer raises an alert; 0 = they are not traced
 * @param auth how callers of the API are known
 */
public record EngineOptions(
        OptionalInt id,
        String owner,
        String version,
        String apiAddress,
        String rpcAddress,
        int lanes,
        int savers,
        int queueCapacity,
        int maxTasks,
        int maxBatch,
        Duration resend,
        Duration longestResend,
        Duration update,
        Duration grace,
        Duration barrier,
        Duration offlineAfter,
        Duration lease,
        Duration retention,
        FlowLimits flow,
        int collapseAbove,
        double gateMaxRed,
        IntakeLimits limits,
        Duration lockLimit,
        AuthOptions auth) {
    /** An engine of any id for one process. */
    public static final EngineOptions DEFAULTS = new EngineOptions(
            OptionalInt.empty(),
            UUID.randomUUID().toString(),
            "0",
            "",
            "",
            0,
            0,
            65_536,
            1_000_000,
            1_000,
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(15),
            Duration.ofDays(7),
            FlowLimits.DEFAULTS,
            100_000,
            0.1,
            IntakeLimits.NONE,
            Duration.ZERO,
            AuthOptions.DEFAULTS);

    /** Checks every range. */
    public EngineOptions {
        if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() > 1023)) {
            throw new IllegalArgumentException("id: " + id.getAsInt() + " (expected: 0..1023)");
        }
        requirePowerOfTwoOrZero("lanes", lanes);
        requirePowerOfTwoOrZero("savers", savers);
        if (Integer.bitCount(queueCapacity) != 1 || queueCapacity < 64) {
            throw new IllegalArgumentException(
                    "queueCapacity: " + queueCapacity + " (expected: a power of two, 64 or more)");
        }
        if (maxTasks < 1) {
            throw new IllegalArgumentException("maxTasks: " + maxTasks + " (expected: 1 or more)");
        }
        if (maxBatch < 1 || maxBatch > 5_000) {
            throw new IllegalArgumentException("maxBatch: " + maxBatch + " (expected: 1..5000)");
        }
        requirePositive("resend", resend);
        requirePositive("longestResend", longestResend);
        requirePositive("update", update);
        requirePositive("grace", grace);
        requirePositive("barrier", barrier);
        requirePositive("offlineAfter", offlineAfter);
        requirePositive("lease", lease);
        requirePositive("retention", retention);
        if (collapseAbove < 1) {
            throw new IllegalArgumentException("collapseAbove: " + collapseAbove + " (expected: 1 or more)");
        }
        if (!(gateMaxRed >= 0 && gateMaxRed <= 1)) {
            throw new IllegalArgumentException("gateMaxRed: " + gateMaxRed + " (expected: 0..1)");
        }
        if (lockLimit.isNegative()) {
            throw new IllegalArgumentException("lockLimit: " + lockLimit + " (expected: 0 or more)");
        }
    }

    private static void requirePowerOfTwoOrZero(String name, int value) {
        if (value != 0 && (Integer.bitCount(value) != 1 || value < 0 || value > 64)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0, or a power of two up to 64)");
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: more than 0)");
        }
    }

    /** A builder that starts with these options. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects changes. Not thread-safe. */
    public static final class Builder {
        private OptionalInt id;
        private String owner;
        private String version;
        private String apiAddress;
        private String rpcAddress;
        private int lanes;
        private int savers;
        private int queueCapacity;
        private int maxTasks;
        private int maxBatch;
        private Duration resend;
        private Duration longestResend;
        private Duration update;
        private Duration grace;
        private Duration barrier;
        private Duration offlineAfter;
        private Duration lease;
        private Duration retention;
        private FlowLimits flow;
        private int collapseAbove;
        private double gateMaxRed;
        private IntakeLimits limits;
        private Duration lockLimit;
        private AuthOptions auth;

        private Builder(EngineOptions from) {
            id = from.id;
            owner = from.owner;
            version = from.version;
            apiAddress = from.apiAddress;
            rpcAddress = from.rpcAddress;
            lanes = from.lanes;
            savers = from.savers;
            queueCapacity = from.queueCapacity;
            maxTasks = from.maxTasks;
            maxBatch = from.maxBatch;
            resend = from.resend;
            longestResend = from.longestResend;
            update = from.update;
            grace = from.grace;
            barrier = from.barrier;
            offlineAfter = from.offlineAfter;
            lease = from.lease;
            retention = from.retention;
            flow = from.flow;
            collapseAbove = from.collapseAbove;
            gateMaxRed = from.gateMaxRed;
            limits = from.limits;
            lockLimit = from.lockLimit;
            auth = from.auth;
        }

        /** The engine's id. */
        public Builder id(OptionalInt value) {
            id = value;
            return this;
        }

        /** Names the process across restarts. */
        public Builder owner(String value) {
            owner = value;
            return this;
        }

        /** Version of the software. */
        public Builder version(String value) {
            version = value;
            return this;
        }

        /** Where other engines reach the API. */
        public Builder apiAddress(String value) {
            apiAddress = value;
            return this;
        }

        /** Where proxies reach this engine. */
        public Builder rpcAddress(String value) {
            rpcAddress = value;
            return this;
        }

        /** Partitions of the tasks. */
        public Builder lanes(int value) {
            lanes = value;
            return this;
        }

        /** Writers at the store. */
        public Builder savers(int value) {
            savers = value;
            return this;
        }

        /** Places in the queue of each stage. */
        public Builder queueCapacity(int value) {
            queueCapacity = value;
            return this;
        }

        /** Tasks in memory at most. */
        public Builder maxTasks(int value) {
            maxTasks = value;
            return this;
        }

        /** Rows in one statement. */
        public Builder maxBatch(int value) {
            maxBatch = value;
            return this;
        }

        /** How long a device may be silent before it is asked again. */
        public Builder resend(Duration value) {
            resend = value;
            return this;
        }

        /** What {@code resend} doubles up to. */
        public Builder longestResend(Duration value) {
            longestResend = value;
            return this;
        }

        /** The least time between two saves of one unfinished task. */
        public Builder update(Duration value) {
            update = value;
            return this;
        }

        /** How long a finished task stays in memory. */
        public Builder grace(Duration value) {
            grace = value;
            return this;
        }

        /** How long edges wait for parents at most. */
        public Builder barrier(Duration value) {
            barrier = value;
            return this;
        }

        /** How long a device is away before it is declared offline. */
        public Builder offlineAfter(Duration value) {
            offlineAfter = value;
            return this;
        }

        /** How long the claim of the engine's id holds without renewal. */
        public Builder lease(Duration value) {
            lease = value;
            return this;
        }

        /** How long finished tasks are kept in the store. */
        public Builder retention(Duration value) {
            retention = value;
            return this;
        }

        /** What each device may have under way, and when it is slow. */
        public Builder flow(FlowLimits value) {
            flow = value;
            return this;
        }

        /** Targets of one tenant that are brought back to one device one by one. */
        public Builder collapseAbove(int value) {
            collapseAbove = value;
            return this;
        }

        /** The share of a group that may be kept out of service because it has not caught up. */
        public Builder gateMaxRed(double value) {
            gateMaxRed = value;
            return this;
        }

        /** How much may be submitted, over all engines. */
        public Builder limits(IntakeLimits value) {
            limits = value;
            return this;
        }

        /** How long a lock may be held before an alert; 0 = locks are not traced. */
        public Builder lockLimit(Duration value) {
            lockLimit = value;
            return this;
        }

        /** How callers of the API are known. */
        public Builder auth(AuthOptions value) {
            auth = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public EngineOptions build() {
            return new EngineOptions(
                    id,
                    owner,
                    version,
                    apiAddress,
                    rpcAddress,
                    lanes,
                    savers,
                    queueCapacity,
                    maxTasks,
                    maxBatch,
                    resend,
                    longestResend,
                    update,
                    grace,
                    barrier,
                    offlineAfter,
                    lease,
                    retention,
                    flow,
                    collapseAbove,
                    gateMaxRed,
                    limits,
                    lockLimit,
                    auth);
        }
    }
}
