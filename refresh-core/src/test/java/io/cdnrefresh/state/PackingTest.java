// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {
    @Test
    void set_randomValuesOfGrowingVariety_readsLikeAPlainArray() {
        long seed = Long.getLong("refresh.seed", 1);
        Random random = new Random(seed);
        for (int devices : new int[] {1, 2, 7, 8, 9, 15, 63, 64, 65, 1_000, 4_097}) {
            byte[] plain = new byte[devices];
            byte[] cells = Packing.uniform((byte) 0);
            for (int step = 0; step < 6_000; step++) {
                int variety = 1 + step / 200;
                int index = random.nextInt(devices);
                int code = random.nextInt(Math.min(variety, 28));
                byte value = (byte) (code >> 1 | (code & 1) << 7);
                plain[index] = value;
                cells = Packing.set(cells, devices, index, value);
                if (random.nextInt(50) == 0) {
                    cells = Packing.compact(cells, devices);
                }
                if (step % 97 == 0) {
                    assertSame(cells, plain, seed);
                } else {
                    assertThat(Packing.get(cells, index)).as("seed %d", seed).isEqualTo(value);
                }
            }
        }
    }

    private static void assertSame(byte[] cells, byte[] plain, long seed) {
        int[] counts = new int[256];
        for (int i = 0; i < plain.length; i++) {
            assertThat(Packing.get(cells, i)).as("seed %d", seed).isEqualTo(plain[i]);
            counts[plain[i] & 0xff]++;
        }
        assertThat(Packing.histogram(cells, plain.length)).as("seed %d", seed).isEqualTo(counts);
        byte[] expanded = Packing.expand(cells, plain.length);
        assertThat(Arrays.copyOfRange(expanded, 1, expanded.length))
                .as("seed %d", seed)
                .isEqualTo(plain);
    }

    @Test
    void set_everyDeviceOfTheLargestSet_isFoundAgain() {
        int devices = 1 << 20;
        byte[] cells = Packing.uniform((byte) 0);
        for (int i = 0; i < devices; i += 3) {
            cells = Packing.set(cells, devices, i, (byte) (1 + i % 2));
        }
        for (int i = 0; i < devices; i++) {
            assertThat(Packing.get(cells, i)).isEqualTo((byte) (i % 3 == 0 ? 1 + i % 2 : 0));
        }
    }

    @Test
    void set_threeValues_takesAFifthOfAByteADevice() {
        byte[] cells = Packing.uniform((byte) 0);
        for (int i = 0; i < 1_000; i++) {
            cells = Packing.set(cells, 1_000, i, (byte) (i % 3));
        }
        assertThat(cells).hasSize(204);
    }

    @Test
    void compact_allAreTheSameAgain_takesNothing() {
        byte[] cells = Packing.uniform((byte) 0);
        for (int i = 0; i < 100; i++) {
            cells = Packing.set(cells, 100, i, (byte) 4);
        }
        assertThat(Packing.compact(cells, 100)).isSameAs(Packing.uniform((byte) 4));
    }
}
