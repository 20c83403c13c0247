// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an {@link RpcProxyTransport} was built with. Immutable. */
record ProxySettings(
        List<String> engines,
        int maxFrameBytes,
        Duration connectTimeout,
        Duration minBackoff,
        Duration maxBackoff,
        Duration spread,
        Compression compression,
        SharedToken token,
        @Nullable Supplier<SslContext> tls) {
    static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
    /** How long an engine may think about a hello; longer than its own limit. */
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(70);
    /** A second address of an engine that has a link is tried again after this: the first may go. */
    static final Duration DUPLICATE_RETRY = Duration.ofSeconds(30);
}
