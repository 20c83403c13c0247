// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small byte value for each of n devices, in as few bits as the number of different values needs. Stateless: works on
 * byte arrays that their owner keeps.
 *
 * <pre>
 * base (1 byte) | palette: base values | digits: one a device, as many in a byte as the base allows
 * base 1: no digits, all have the one value | 2: 8 in a byte | 3: 5 | 4: 4 | 6: 3 | 16: 2 | 32: no palette, the values
 * </pre>
 *
 * <p>Thousand devices that are pending, applied or proven take 204 bytes instead of a thousand; a task that all devices
 * have done takes none, since arrays of base 1 are shared. {@link #get} and {@link #set} are O(1), but for a value that
 * the palette lacks: then everything is packed anew, O(n), at most once for each value that appears.
 */
final class Packing {
    private static final int RAW = 32;
    /** Marks a place of the palette that is free; no value is this. */
    private static final byte FREE = 0x7f;

    private static final @Nullable Radix[] RADIX = new Radix[17];
    private static final byte[][] UNIFORM = new byte[256][];

    static {
        RADIX[2] = new Radix(2, 8);
        RADIX[3] = new Radix(3, 5);
        RADIX[4] = new Radix(4, 4);
        RADIX[6] = new Radix(6, 3);
        RADIX[16] = new Radix(16, 2);
        for (int value = 0; value < UNIFORM.length; value++) {
            UNIFORM[value] = new byte[] {1, (byte) value};
        }
    }

    private Packing() {}

    /** How digits of a base stand in a byte. */
    private static final class Radix {
        final int base;
        final int perByte;
        /** 2^32 / perByte, rounded up: divides every device's index by multiplication. */
        final long reciprocal;
        /** The digits of each byte. */
        final byte[] digits;

        final int[] powers;

        Radix(int base, int perByte) {
            this.base = base;
            this.perByte = perByte;
            reciprocal = ((1L << 32) + perByte - 1) / perByte;
            powers = new int[perByte];
            powers[0] = 1;
            for (int i = 1; i < perByte; i++) {
                powers[i] = powers[i - 1] * base;
            }
            digits = new byte[powers[perByte - 1] * base * perByte];
            for (int i = 0; i < digits.length; i++) {
                digits[i] = (byte) (i / perByte / powers[i % perByte] % base);
            }
        }

        int bytes(int devices) {
            return (devices + perByte - 1) / perByte;
        }
    }

    /** All devices have this value. */
    static byte[] uniform(byte value) {
        return UNIFORM[value & 0xff];
    }

    /** One byte for each device, to be read often. */
    static byte[] expand(byte[] cells, int devices) {
        byte[] raw = new byte[devices + 1];
        raw[0] = RAW;
        if (cells[0] == 1) {
            Arrays.fill(raw, 1, raw.length, cells[1]);
        } else if (cells[0] == RAW) {
            System.arraycopy(cells, 0, raw, 0, raw.length);
        } else {
            Radix radix = radix(cells);
            int at = 1;
            for (int from = 1 + radix.base; at <= devices; from++) {
                int digit = (cells[from] & 0xff) * radix.perByte;
                for (int i = 0; i < radix.perByte && at <= devices; i++) {
                    raw[at++] = cells[1 + radix.digits[digit + i]];
                }
            }
        }
        return raw;
    }

    /** Whether all devices have the value of the first one. False says nothing: {@link #compact} may not have been asked. */
    static boolean isUniform(byte[] cells) {
        return cells[0] == 1;
    }

    private static Radix radix(byte[] cells) {
        Radix radix = RADIX[cells[0]];
        if (radix == null) {
            throw new IllegalStateException("base: " + cells[0]);
        }
        return radix;
    }

    /** The value of a device. */
    static byte get(byte[] cells, int index) {
        int base = cells[0];
        if (base == 1) {
            return cells[1];
        }
        if (base == RAW) {
            return cells[1 + index];
        }
        Radix radix = radix(cells);
        int at = (int) (index * radix.reciprocal >>> 32);
        int digit = (cells[1 + base + at] & 0xff) * radix.perByte + index - at * radix.perByte;
        return cells[1 + radix.digits[digit]];
    }

    /** Gives a device a value; returns the array that holds it: the same one, or another. */
    static byte[] set(byte[] cells, int devices, int index, byte value) {
        int base = cells[0];
        if (base == RAW) {
            cells[1 + index] = value;
            return cells;
        }
        if (devices == 1) {
            return uniform(value);
        }
        int code = codeOf(cells, value);
        if (code < 0) {
            return set(repack(cells, devices, value), devices, index, value);
        }
        if (base > 1) {
            Radix radix = radix(cells);
            int at = (int) (index * radix.reciprocal >>> 32);
            int place = index - at * radix.perByte;
            int old = cells[1 + base + at] & 0xff;
            cells[1 + base + at] =
                    (byte) (old + (code - radix.digits[old * radix.perByte + place]) * radix.powers[place]);
        }
        return cells;
    }

    private static int codeOf(byte[] cells, byte value) {
        for (int code = 0; code < cells[0]; code++) {
            if (cells[1 + code] == value) {
                return code;
            }
        }
        return -1;
    }

    /** The same values in the least space. */
    static byte[] compact(byte[] cells, int devices) {
        return cells[0] == 1 ? cells : pack(cells, devices, FREE);
    }

    private static byte[] repack(byte[] cells, int devices, byte more) {
        int base = cells[0];
        if (base > 1) {
            for (int code = 0; code < base; code++) {
                if (cells[1 + code] == FREE) {
                    cells[1 + code] = more;
                    return cells;
                }
            }
        }
        return pack(cells, devices, more);
    }

    /** Packs the values that are there, and makes room in the palette for one more unless that is {@link #FREE}. */
    private static byte[] pack(byte[] cells, int devices, byte more) {
        if (cells[0] == 1 && more != FREE) {
            byte[] packed = new byte[3 + radixFor(2).bytes(devices)];
            packed[0] = 2;
            packed[1] = cells[1];
            packed[2] = more;
            return packed;
        }
        int[] counts = histogram(cells, devices);
        byte[] palette = new byte[RAW];
        byte[] codes = new byte[256];
        int used = 0;
        for (int value = 0; value < counts.length; value++) {
            if (counts[value] > 0) {
                codes[value] = (byte) used;
                palette[used++] = (byte) value;
            }
        }
        if (more != FREE) {
            palette[used++] = more;
        }
        if (used == 1) {
            return uniform(palette[0]);
        }
        byte[] raw = expand(cells, devices);
        if (used > 16) {
            return raw;
        }
        Radix radix = radixFor(used);
        byte[] packed = new byte[1 + radix.base + radix.bytes(devices)];
        packed[0] = (byte) radix.base;
        for (int code = 0; code < radix.base; code++) {
            packed[1 + code] = code < used ? palette[code] : FREE;
        }
        for (int at = 1, to = 1 + radix.base; at <= devices; to++) {
            int sum = 0;
            for (int i = 0; i < radix.perByte && at <= devices; i++) {
                sum += codes[raw[at++] & 0xff] * radix.powers[i];
            }
            packed[to] = (byte) sum;
        }
        return packed;
    }

    private static Radix radixFor(int values) {
        for (int base = values; base < RADIX.length; base++) {
            Radix radix = RADIX[base];
            if (radix != null) {
                return radix;
            }
        }
        throw new IllegalArgumentException("values: " + values + " (expected: at most 16)");
    }

    /** How many devices have which value. O(n), a byte of the packed form at a time. */
    static int[] histogram(byte[] cells, int devices) {
        int[] counts = new int[256];
        int base = cells[0];
        if (base == 1) {
            counts[cells[1] & 0xff] = devices;
        } else if (base == RAW) {
            for (int i = 1; i <= devices; i++) {
                counts[cells[i] & 0xff]++;
            }
        } else {
            Radix radix = radix(cells);
            int[] ofByte = new int[256];
            for (int i = 1 + base; i < cells.length; i++) {
                ofByte[cells[i] & 0xff]++;
            }
            int[] ofCode = new int[base];
            for (int b = 0; b < 256; b++) {
                for (int i = 0; ofByte[b] > 0 && i < radix.perByte; i++) {
                    ofCode[radix.digits[b * radix.perByte + i]] += ofByte[b];
                }
            }
            // the last byte's unused places are zeros
            ofCode[0] -= radix.bytes(devices) * radix.perByte - devices;
            for (int code = 0; code < base; code++) {
                counts[cells[1 + code] & 0xff] += ofCode[code];
            }
        }
        return counts;
    }
}
