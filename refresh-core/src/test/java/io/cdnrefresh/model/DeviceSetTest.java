// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DeviceSetTest {
    @Test
    void toBytes_wholeFleet_takesFewBytes() {
        DeviceSet.Builder builder = new DeviceSet.Builder();
        for (int i = 0; i < 10_000; i++) {
            builder.add(i);
        }
        assertThat(builder.build().toBytes()).hasSize(3);
    }

    @Test
    void everyOperation_randomSets_agreesWithTreeSet() {
        long seed = Long.getLong("refresh.seed", 1);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            TreeSet<Integer> model = new TreeSet<>();
            DeviceSet.Builder builder = new DeviceSet.Builder();
            int bound = 1 + random.nextInt(300);
            for (int i = random.nextInt(200); i > 0; i--) {
                int ordinal = random.nextInt(bound);
                model.add(ordinal);
                builder.add(ordinal);
            }
            DeviceSet set = builder.build();
            assertThat(set.toArray())
                    .as("seed %d", seed)
                    .containsExactly(model.stream().mapToInt(Integer::intValue).toArray());
            assertThat(DeviceSet.fromBytes(set.toBytes())).as("seed %d", seed).isEqualTo(set);
            for (int ordinal = 0; ordinal < bound; ordinal++) {
                int rank = model.contains(ordinal) ? model.headSet(ordinal).size() : -1;
                assertThat(set.indexOf(ordinal))
                        .as("seed %d ordinal %d", seed, ordinal)
                        .isEqualTo(rank);
            }
        }
    }

    @Test
    void fromBytes_truncated_isRefused() {
        assertThatThrownBy(() -> DeviceSet.fromBytes(new byte[] {(byte) 0x80}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeviceSet.fromBytes(new byte[] {1, 0})).isInstanceOf(IllegalArgumentException.class);
    }
}
