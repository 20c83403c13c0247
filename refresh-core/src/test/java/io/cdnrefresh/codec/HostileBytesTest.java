// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.cdnrefresh.model.DeviceSet;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Changed bytes against every decoder of what stores and wires hold: read or refused, never another exception, and never
 * more memory than some multiple of their length, whatever sizes they claim. Prints its seed; {@code -Drefresh.seed=}
 * replays, {@code -Drefresh.fuzz=} sets the number of bodies for each decoder.
 */
class HostileBytesTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int BODIES = Integer.getInteger("refresh.fuzz", 50_000);
    /** An exception with its trace; records around few bytes. */
    private static final long BASE_BYTES = 32_768;

    private static final long BYTES_PER_BYTE = 256;
    /** The first bodies load classes. */
    private record Decoder(String name, Consumer<byte[]> decode, byte[] sound) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Decoder> decoders() {
        Map<String, byte[]> sound = GoldenBytesTest.encoded();
        Map<String, Consumer<byte[]>> all = Map.of(
                "task", TaskCodec::decode,
                "commands", CommandCodec::decode,
                "reports", ReportCodec::decode,
                "hello", HelloCodec::decode,
                "health", HealthCodec::decode);
        return all.entrySet().stream()
                .map(entry -> new Decoder(entry.getKey(), entry.getValue(), requireNonNull(sound.get(entry.getKey()))))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void decode_changedBytes_isReadOrRefusedInBoundedMemory(Decoder decoder) {
        Random random = new Random(SEED);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        for (int i = 0; i < BODIES; i++) {
            byte[] bytes = changed(random, decoder.sound);
            long allocated = allocated(memory, decoder, bytes);
            if (allocated > BASE_BYTES + BYTES_PER_BYTE * bytes.length) {
                // the first of its kind loads classes
                allocated = allocated(memory, decoder, bytes);
            }
            refused += isRefused(decoder, bytes) ? 1 : 0;
            if (allocated > BASE_BYTES + BYTES_PER_BYTE * bytes.length) {
                throw new AssertionError(
                        "seed " + SEED + ": " + allocated + " bytes allocated for " + Arrays.toString(bytes));
            }
        }
        assertThat(refused).as("refused, seed %d", SEED).isBetween(BODIES / 4, BODIES - 1);
    }

    private static long allocated(ThreadMXBean memory, Decoder decoder, byte[] bytes) {
        long before = memory.getCurrentThreadAllocatedBytes();
        boolean unused = isRefused(decoder, bytes);
        return memory.getCurrentThreadAllocatedBytes() - before;
    }

    private static boolean isRefused(Decoder decoder, byte[] bytes) {
        try {
            decoder.decode.accept(bytes);
            return false;
        } catch (IllegalArgumentException expected) {
            return true;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError other) {
            throw new AssertionError("seed " + SEED + ": " + Arrays.toString(bytes), other);
        }
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void decode_everyPlaceClaimsTheLargestSize_allocatesLittle(Decoder decoder) {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[][] sizes = {
            {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07},
            {
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                0x7f
            },
            {(byte) 0x80, (byte) 0x80, (byte) 0x80, 0x01}
        };
        for (int at = 0; at < decoder.sound.length; at++) {
            for (byte[] size : sizes) {
                byte[] bytes = Arrays.copyOf(decoder.sound, decoder.sound.length + size.length);
                System.arraycopy(decoder.sound, at, bytes, at + size.length, decoder.sound.length - at);
                System.arraycopy(size, 0, bytes, at, size.length);
                long before = memory.getCurrentThreadAllocatedBytes();
                try {
                    decoder.decode.accept(bytes);
                } catch (IllegalArgumentException expected) {
                    assertThat(expected.getMessage()).hasSizeLessThan(2_000);
                }
                assertThat(memory.getCurrentThreadAllocatedBytes() - before)
                        .as("%s at %d", decoder, at)
                        .isLessThan(BASE_BYTES * 32 + BYTES_PER_BYTE * bytes.length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("deviceSets")
    void decode_deviceSetOfAnyBytes_isASetOrRefused(byte[] sound) {
        Random random = new Random(SEED);
        for (int i = 0; i < BODIES; i++) {
            byte[] bytes = changed(random, sound);
            try {
                DeviceSet read = DeviceSet.fromBytes(bytes);
                assertThat(DeviceSet.fromBytes(read.toBytes())).isEqualTo(read);
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).startsWith("device set: ");
            }
        }
    }

    static List<byte[]> deviceSets() {
        return List.of(
                DeviceSet.of(0, 1, 2, 77, 200, 201).toBytes(), DeviceSet.of(5).toBytes());
    }

    private static byte[] changed(Random random, byte[] sound) {
        byte[] bytes = Arrays.copyOf(sound, random.nextInt(3) == 0 ? random.nextInt(sound.length + 8) : sound.length);
        for (int n = 1 + random.nextInt(4); n > 0 && bytes.length > 0; n--) {
            int at = random.nextInt(bytes.length);
            bytes[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) 0xff;
                case 1 -> (byte) (bytes[at] + 1 - random.nextInt(3));
                case 2 -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
                default -> (byte) random.nextInt();
            };
        }
        return bytes;
    }
}
