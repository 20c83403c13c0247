// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The numbers behind {@link HttpServerStats}, and the two that caps are held against. Thread-safe. */
final class ServerCounters {
    final LongAdder accepted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder shed = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder timeouts = new LongAdder();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger outstanding = new AtomicInteger();

    HttpServerStats snapshot() {
        return new HttpServerStats(
                accepted.sum(),
                refused.sum(),
                open.get(),
                requests.sum(),
                outstanding.get(),
                shed.sum(),
                rejected.sum(),
                timeouts.sum());
    }
}
