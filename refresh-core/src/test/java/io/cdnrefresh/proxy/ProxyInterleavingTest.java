// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Random interleavings of everything that may happen to a proxy, against a model of cache and origin. */
final class ProxyInterleavingTest {
    private static final int STEPS = Integer.getInteger("refresh.steps", 120_000);
    private static final long SEED = Long.getLong("refresh.seed", 1);

    @Test
    void anyInterleaving_fenceAsLongAsTheLongestFetch_neverVerifiedWithAnOldCopy() {
        InterleavingModel model = new InterleavingModel(SEED, true);
        model.run(STEPS);
        assertThat(model.violations()).as("-Drefresh.seed=%d", SEED).isEmpty();
        assertThat(model.figures())
                .as("-Drefresh.seed=%d", SEED)
                .allSatisfy((what, count) -> assertThat(count).as(what).isPositive());
    }

    @Test
    void anyInterleaving_fenceOff_negativeControlFindsOldCopies() {
        InterleavingModel model = new InterleavingModel(SEED, false);
        for (int part = 0; part < 8 && model.violations().isEmpty(); part++) {
            model.run(STEPS / 4);
        }
        assertThat(model.violations()).as("-Drefresh.seed=%d", SEED).isNotEmpty();
    }
}
