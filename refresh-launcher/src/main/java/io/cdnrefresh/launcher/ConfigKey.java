// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.Locale;

/**
 * One key of the configuration.
 *
 * @param path its dotted name; {@code proxy.cache[].…} = a key of each entry of that list
 * @param type what it takes
 * @param fallback its default, written as TOML; empty = there is none, the key must be given
 * @param reloadable whether a change takes effect without a restart
 * @param doc what it means, one sentence
 */
record ConfigKey(String path, ValueType type, String fallback, boolean reloadable, String doc) {
    /** The environment variable that overrides it; a list's entries have their number in place of {@code []}. */
    String variable() {
        return "REFRESH_"
                + path.replace("[]", ".0").replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The table that it stands in. */
    String section() {
        return path.substring(0, path.lastIndexOf('.'));
    }

    /** Its name within its table. */
    String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Whether it belongs to each entry of a list. */
    boolean isRepeated() {
        return path.contains("[]");
    }
}
