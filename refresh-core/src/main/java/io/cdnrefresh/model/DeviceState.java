// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** Where a device stands. */
public enum DeviceState {
    /** Connected and caught up. */
    ONLINE,
    /** Heartbeats are missing. */
    SUSPECT,
    /** Declared away; its work is parked. */
    OFFLINE,
    /** Back, working off what it missed. */
    CATCHING_UP,
    /** Taken out by an operator. */
    MAINTENANCE,
    /** Gone for good; owes nothing. */
    REMOVED;

    /** Whether a task accepted now includes the device. */
    public boolean isInScope() {
        return this != REMOVED;
    }

    /** Whether the device counts as serving clients. */
    public boolean isServing() {
        return this == ONLINE || this == SUSPECT || this == CATCHING_UP;
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
    public static DeviceState parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
