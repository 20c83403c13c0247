// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import java.util.concurrent.atomic.LongAdder;

/** The numbers behind {@link HttpClientStats}. Thread-safe. */
final class ClientCounters {
    final LongAdder created = new LongAdder();
    final LongAdder reused = new LongAdder();
    final LongAdder closed = new LongAdder();
    final LongAdder active = new LongAdder();
    final LongAdder idle = new LongAdder();
    final LongAdder waiting = new LongAdder();
    final LongAdder retried = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder failed = new LongAdder();

    HttpClientStats snapshot() {
        return new HttpClientStats(
                created.sum(),
                reused.sum(),
                closed.sum(),
                active.sum(),
                idle.sum(),
                waiting.sum(),
                retried.sum(),
                refused.sum(),
                failed.sum());
    }
}
