// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an engine tells a device about itself. Immutable.
 *
 * @param word how far the device has come
 * @param engines how many engines hold a lease, as this one knows; at least 1, at most 255 are told
 */
public record Standing(Word word, int engines) {
    private static final int MOST_ENGINES = 255;

    /** Keeps the number in its range. */
    public Standing {
        engines = Math.max(1, Math.min(MOST_ENGINES, engines));
    }

    /** How far a device has come. The order is the wire code: append only. */
    public enum Word {
        /** What it missed is on its way; one that serves already goes on serving. */
        CATCHING_UP,
        /** The same, and it was declared offline: it should not serve until it has caught up. */
        WITHDRAW,
        /** The same, but too many of its group are out of service: it should serve, unproven. */
        EXCUSED,
        /** Nothing is owed from before its link. */
        CAUGHT_UP,
        /** An operator keeps it out of service, however long that takes. */
        HELD;

        private static final Word[] ALL = values();

        /** The number that stands for the word. */
        @SuppressWarnings("EnumOrdinal") // the order is the wire code and only ever grows at its end
        public int code() {
            return ordinal();
        }

        /** The word of a number; null = it is of a later version. */
        public static @Nullable Word ofCode(int code) {
            return code >= 0 && code < ALL.length ? ALL[code] : null;
        }

        /** The word of the protocol over HTTP. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Reads what {@link #wireName} wrote; null = it is of a later version. */
        public static @Nullable Word parse(String text) {
            for (Word word : ALL) {
                if (word.wireName().equals(text)) {
                    return word;
                }
            }
            return null;
        }
    }
}
