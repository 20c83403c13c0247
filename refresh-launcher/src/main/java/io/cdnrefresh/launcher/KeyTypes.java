// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.RateLimit;

/** What several keys take, and how a key is written down. */
final class KeyTypes {
    static final long MIB = 1 << 20;

    static final ValueType HOST =
            ValueType.text("a host name or address", text -> text.matches("[A-Za-z0-9.:_-]{1,253}"));
    static final ValueType LOOPS = ValueType.number("0..256", count -> count >= 0 && count <= 256);
    static final ValueType PEM = ValueType.path("a PEM file, or empty");

    static final ValueType LIMITS = ValueType.text(
            "empty, or COUNT/WINDOW and more of them, such as 1000/s 200000/10m 5000000/d", KeyTypes::isLimits);

    static final ValueType COUNT =
            ValueType.number("1 .. 1,000,000,000", number -> number >= 1 && number <= 1_000_000_000);

    private KeyTypes() {}

    static ConfigKey key(String path, ValueType type, String fallback, String doc) {
        return new ConfigKey(path, type, fallback, false, doc);
    }

    /** A key whose change counts when the configuration is read again. */
    static ConfigKey live(String path, ValueType type, String fallback, String doc) {
        return new ConfigKey(path, type, fallback, true, doc);
    }

    private static boolean isLimits(String text) {
        try {
            RateLimit.parse(text);
            return true;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }
}
