// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** What became of one target on one device. The order is the wire code: append only. */
public enum Outcome {
    /** Nothing is known yet. */
    PENDING,
    /** The device is away; the work waits for its return. */
    PARKED,
    /** The cache confirmed the purge; the refill fence is open. */
    PURGED,
    /** The cache says that it held no copy. */
    ABSENT,
    /** Fence closed and probed: the old copy is gone, or newer content is there. */
    VERIFIED,
    /** Soft purge: stale, serves at most once more. */
    MARKED,
    /** The object is in the cache. */
    PRELOADED,
    /** The old copy came back after every bounded repeat. */
    STALE_AGAIN,
    /** The cache server cannot do this. */
    UNSUPPORTED,
    /** The cache server refused: a configuration fault. */
    DENIED,
    /** The cache server could not be made to do it. */
    FAILED,
    /** No final report until the task's deadline. */
    TIMEOUT,
    /** Kept away from this device because it crashed it. */
    QUARANTINED,
    /** Withdrawn before it was done. */
    CANCELLED;

    private static final Outcome[] BY_CODE = values();

    /** The number that stands for this outcome in frames and rows. */
    @SuppressWarnings("EnumOrdinal") // the order is the wire code and only ever grows at its end
    public byte code() {
        return (byte) ordinal();
    }

    /**
     * The outcome of a wire code.
     *
     * @throws IllegalArgumentException if no outcome has this code
     */
    public static Outcome ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("outcome: " + code + " (expected: 0.." + (BY_CODE.length - 1) + ")");
        }
        return BY_CODE[code];
    }

    /** Whether the cache was made to forget (or to hold) the object, proven or not. */
    public boolean isApplied() {
        return switch (this) {
            case PURGED, ABSENT, VERIFIED, MARKED, PRELOADED -> true;
            default -> false;
        };
    }

    /** Whether this outcome satisfies a task of the given kind at the given level. */
    public boolean satisfies(TaskKind kind, Mode mode, Verify verify) {
        if (kind == TaskKind.PRELOAD) {
            return this == PRELOADED;
        }
        if (mode == Mode.SOFT && this == MARKED) {
            return true;
        }
        return verify == Verify.ALL ? this == VERIFIED : isApplied();
    }

    /** Whether the device still owes the task this target: it was not applied and could be later. */
    public boolean isOwed() {
        return switch (this) {
            case PENDING, PARKED, TIMEOUT, FAILED, STALE_AGAIN -> true;
            default -> false;
        };
    }

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static Outcome parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
