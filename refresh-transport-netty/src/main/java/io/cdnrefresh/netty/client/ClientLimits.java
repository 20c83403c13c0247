// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import java.time.Duration;

/** What a client may use. Checked by the builder. */
record ClientLimits(
        int maxInFlightPerHost,
        int maxWaitingPerHost,
        int maxIdlePerHost,
        int maxConnections,
        Duration idleTimeout,
        Duration connectTimeout) {}
