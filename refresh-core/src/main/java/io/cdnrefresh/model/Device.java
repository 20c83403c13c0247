// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cache node as the registry knows it. Immutable.
 *
 * @param ordinal the small number that stands for the device in sets and rows, given once by the registry and never
 *     used again for another device; 0 to 2^20 − 1
 * @param id the operator's name for it, 1 to 128 of {@code A-Z a-z 0-9 . _ : -}
 * @param group the group it belongs to, same characters
 * @param tier {@code parent} or {@code edge}
 * @param state where it stands
 * @param version the version of its proxy, empty before the first hello
 * @param since when {@code state} was reached
 * @param hold the operator's word that keeps {@code state} as it is; null = connections decide
 */
public record Device(
        int ordinal,
        String id,
        String group,
        String tier,
        DeviceState state,
        String version,
        Instant since,
        @Nullable Hold hold) {
    /** One more than the highest ordinal. */
    public static final int MAX_DEVICES = 1 << 20;

    /** The tier that is asked by the edges. */
    public static final String PARENT = "parent";

    /** The tier that is asked by clients. */
    public static final String EDGE = "edge";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    /** Rejects names and ordinals out of range. */
    public Device {
        if (ordinal < 0 || ordinal >= MAX_DEVICES) {
            throw new IllegalArgumentException("ordinal: " + ordinal + " (expected: 0.." + (MAX_DEVICES - 1) + ")");
        }
        requireName("device", id);
        requireName("group", group);
        requireTier(tier);
    }

    /** A device whose state connections decide. */
    public Device(int ordinal, String id, String group, String tier, DeviceState state, String version, Instant since) {
        this(ordinal, id, group, tier, state, version, since, null);
    }

    /**
     * What an operator has said about a device. Immutable.
     *
     * @param reason why, as he wrote it
     * @param until when it ends by itself; null = when told
     */
    public record Hold(String reason, @Nullable Instant until) {}

    /** Whether an operator decides its state. */
    public boolean isHeld() {
        return hold != null;
    }

    /**
     * Checks the name of a device or group.
     *
     * @throws IllegalArgumentException naming the field, the value and what is allowed
     */
    public static String requireName(String field, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    field + ": " + name + " (expected: 1 to 128 of letters, digits and . _ : -)");
        }
        return name;
    }

    /**
     * Checks the name of a tier.
     *
     * @throws IllegalArgumentException naming the field, the value and what is allowed
     */
    public static String requireTier(String tier) {
        if (!tier.equals(PARENT) && !tier.equals(EDGE)) {
            throw new IllegalArgumentException("tier: " + tier + " (expected: parent | edge)");
        }
        return tier;
    }

    /** The same device in another state, kept there by an operator or not. */
    public Device withState(DeviceState newState, Instant at, @Nullable Hold newHold) {
        return new Device(ordinal, id, group, tier, newState, version, newState == state ? since : at, newHold);
    }
}
