// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.demo.SmallCache;

/** The generic driver with a cache that has the refill race. */
class RefillingSmallCacheContractTest extends SmallCacheContractTest {
    @Override
    SmallCache.Builder builder() {
        return SmallCache.builder().withRefillRace();
    }

    @Override
    protected boolean refills() {
        return true;
    }
}
