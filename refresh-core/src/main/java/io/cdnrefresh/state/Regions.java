// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

/** Where a task lives: one of 64 regions by CRC32 of its id, and through masks its lane and its saver. */
public final class Regions {
    /** Number of regions. */
    public static final int COUNT = 64;

    private static final int[] CRC = table();

    private Regions() {}

    /** The region of a task, 0 to 63: CRC-32 (IEEE 802.3) of the id's eight bytes, most significant first, mod 64. */
    public static int of(long taskId) {
        int crc = ~0;
        for (int shift = 56; shift >= 0; shift -= 8) {
            crc = crc >>> 8 ^ CRC[(crc ^ (int) (taskId >>> shift)) & 0xff];
        }
        return ~crc & COUNT - 1;
    }

    /**
     * The lane or saver of a region.
     *
     * @param count how many there are, a power of two up to 64
     */
    public static int share(int region, int count) {
        return region & count - 1;
    }

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0xedb88320);
            }
            table[i] = crc;
        }
        return table;
    }
}
