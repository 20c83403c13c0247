// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * A set of device ordinals. Immutable and compact: one bit a device.
 *
 * <p>Members have an index, their rank in rising order, so that per-device values of a task fit into one array.
 */
public final class DeviceSet {
    /** The set without members. */
    public static final DeviceSet EMPTY = new DeviceSet(new long[0]);

    private final long[] bits;
    private final int size;

    private DeviceSet(long[] bits) {
        int used = bits.length;
        while (used > 0 && bits[used - 1] == 0) {
            used--;
        }
        this.bits = used == bits.length ? bits : Arrays.copyOf(bits, used);
        int count = 0;
        for (long word : this.bits) {
            count += Long.bitCount(word);
        }
        size = count;
    }

    /** The set of the given ordinals. */
    public static DeviceSet of(int... ordinals) {
        Builder builder = new Builder();
        for (int ordinal : ordinals) {
            builder.add(ordinal);
        }
        return builder.build();
    }

    /** How many members there are. */
    public int size() {
        return size;
    }

    /** Whether there are no members. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** The lowest ordinal, −1 if there is none. */
    public int lowest() {
        return nextSet(0);
    }

    /** The highest ordinal, −1 if there is none. */
    public int highest() {
        return bits.length == 0 ? -1 : (bits.length << 6) - 1 - Long.numberOfLeadingZeros(bits[bits.length - 1]);
    }

    /** Whether the device is a member. */
    public boolean contains(int ordinal) {
        int word = ordinal >> 6;
        return word < bits.length && (bits[word] & 1L << ordinal) != 0;
    }

    /** The rank of a member from 0, or −1 if the device is no member. O(size of the set / 64). */
    public int indexOf(int ordinal) {
        if (!contains(ordinal)) {
            return -1;
        }
        int word = ordinal >> 6;
        int rank = Long.bitCount(bits[word] & (1L << ordinal) - 1);
        for (int i = 0; i < word; i++) {
            rank += Long.bitCount(bits[i]);
        }
        return rank;
    }

    /** Calls the consumer with each member, rising. */
    public void forEach(IntConsumer consumer) {
        for (int i = 0; i < bits.length; i++) {
            for (long word = bits[i]; word != 0; word &= word - 1) {
                consumer.accept((i << 6) + Long.numberOfTrailingZeros(word));
            }
        }
    }

    /** The members, rising. */
    public int[] toArray() {
        int[] members = new int[size];
        int[] next = {0};
        forEach(ordinal -> members[next[0]++] = ordinal);
        return members;
    }

    /** The members that the predicate accepts; this set itself when that is all of them. */
    public DeviceSet filter(IntPredicate predicate) {
        long[] kept = bits.clone();
        boolean[] dropped = {false};
        forEach(ordinal -> {
            if (!predicate.test(ordinal)) {
                kept[ordinal >> 6] &= ~(1L << ordinal);
                dropped[0] = true;
            }
        });
        return dropped[0] ? new DeviceSet(kept) : this;
    }

    /** The members that are also in the other set. */
    public DeviceSet and(DeviceSet other) {
        if (isEmpty() || other.isEmpty()) {
            return EMPTY;
        }
        long[] both = Arrays.copyOf(bits, Math.min(bits.length, other.bits.length));
        for (int i = 0; i < both.length; i++) {
            both[i] &= other.bits[i];
        }
        return new DeviceSet(both);
    }

    /** The members of either set. */
    public DeviceSet or(DeviceSet other) {
        long[] any = Arrays.copyOf(bits, Math.max(bits.length, other.bits.length));
        for (int i = 0; i < other.bits.length; i++) {
            any[i] |= other.bits[i];
        }
        return new DeviceSet(any);
    }

    /** Whether the sets share a member. */
    public boolean intersects(DeviceSet other) {
        for (int i = Math.min(bits.length, other.bits.length) - 1; i >= 0; i--) {
            if ((bits[i] & other.bits[i]) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * The set as bytes: pairs of unsigned LEB128 numbers, gap since the last run and length of the run. A fleet
     * without holes takes two to four bytes.
     */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(size * 6 + 6);
        int at = 0;
        while (true) {
            int start = nextSet(at);
            if (start < 0) {
                return Arrays.copyOf(out.array(), out.position());
            }
            int end = nextClear(start);
            putVarint(out, start - at);
            putVarint(out, end - start);
            at = end;
        }
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if the bytes are no set
     */
    public static DeviceSet fromBytes(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Builder builder = new Builder();
        long at = 0;
        while (in.hasRemaining()) {
            long start = at + getVarint(in);
            at = start + getVarint(in);
            if (at > Device.MAX_DEVICES || at == start) {
                throw new IllegalArgumentException("device set: run " + start + ".." + at + " (expected: 1 to "
                        + Device.MAX_DEVICES + " ordinals)");
            }
            for (long ordinal = start; ordinal < at; ordinal++) {
                builder.add((int) ordinal);
            }
        }
        return builder.build();
    }

    private static void putVarint(ByteBuffer out, int value) {
        int rest = value;
        while (rest > 0x7f) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static int getVarint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            if (!in.hasRemaining()) {
                break;
            }
            byte b = in.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("device set: truncated (expected: LEB128 numbers below 2^28)");
    }

    private int nextSet(int from) {
        int word = from >> 6;
        if (word >= bits.length) {
            return -1;
        }
        long rest = bits[word] & -1L << from;
        while (rest == 0) {
            if (++word == bits.length) {
                return -1;
            }
            rest = bits[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(rest);
    }

    private int nextClear(int from) {
        int at = from;
        while (contains(at)) {
            at++;
        }
        return at;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceSet that && Arrays.equals(bits, that.bits);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bits);
    }

    @Override
    public String toString() {
        return size + " devices " + (size <= 16 ? Arrays.toString(toArray()) : "");
    }

    /** Collects ordinals. Not thread-safe; the set that it builds is. */
    public static final class Builder {
        private long[] bits = new long[4];

        /**
         * Adds a device; adding it twice is the same as once.
         *
         * @throws IllegalArgumentException if the ordinal is out of range
         */
        public Builder add(int ordinal) {
            if (ordinal < 0 || ordinal >= Device.MAX_DEVICES) {
                throw new IllegalArgumentException(
                        "ordinal: " + ordinal + " (expected: 0.." + (Device.MAX_DEVICES - 1) + ")");
            }
            int word = ordinal >> 6;
            if (word >= bits.length) {
                bits = Arrays.copyOf(bits, Math.max(word + 1, bits.length * 2));
            }
            bits[word] |= 1L << ordinal;
            return this;
        }

        /** The set of what was added so far. */
        public DeviceSet build() {
            return new DeviceSet(bits.clone());
        }
    }
}
