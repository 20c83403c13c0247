// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns enum constants into the lower-case, hyphenated words of the API and back. */
final class WireName {
    private WireName() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> @Nullable E find(E[] values, String text) {
        for (E value : values) {
            if (of(value).equals(text)) {
                return value;
            }
        }
        return null;
    }

    static <E extends Enum<E>> String allowed(E[] values) {
        StringBuilder names = new StringBuilder();
        for (E value : values) {
            names.append(names.isEmpty() ? "" : " | ").append(of(value));
        }
        return names.toString();
    }

    static <E extends Enum<E>> E parse(E[] values, String field, String text) {
        E found = find(values, text);
        if (found == null) {
            throw new IllegalArgumentException(field + ": " + text + " (expected: " + allowed(values) + ")");
        }
        return found;
    }
}
