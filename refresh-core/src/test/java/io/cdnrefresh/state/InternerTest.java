// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import org.junit.jupiter.api.Test;

class InternerTest {
    @Test
    void intern_equalValues_areOneObject() {
        Interner<DeviceSet> interner = new Interner<>(64);
        DeviceSet first = interner.intern(DeviceSet.of(1, 2, 900));
        assertThat(interner.intern(DeviceSet.of(1, 2, 900))).isSameAs(first);
        assertThat(interner.intern(DeviceSet.of(1, 2))).isEqualTo(DeviceSet.of(1, 2));
    }

    @Test
    void intern_moreValuesThanPlaces_givesEqualOnes() {
        Interner<Integer> interner = new Interner<>(1);
        for (int i = 0; i < 1_000; i++) {
            assertThat(interner.intern(i)).isEqualTo(i);
        }
    }
}
