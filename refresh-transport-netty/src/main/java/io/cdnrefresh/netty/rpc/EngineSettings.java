// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.model.EngineEpoch;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an {@link RpcEngineTransport} was built with. Immutable. */
record EngineSettings(
        String host,
        int port,
        int maxFrameBytes,
        int linkBytes,
        int maxLinks,
        Duration heartbeat,
        Compression compression,
        SharedToken token,
        @Nullable Supplier<SslContext> tls,
        boolean isNamedByCertificate,
        Supplier<List<String>> peers) {
    static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
    /** How long an engine may think about a hello. */
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    /** As many of the others as a frame may name. */
    List<String> fewPeers() {
        List<String> all = peers.get();
        return all.subList(0, Math.min(all.size(), Payloads.MAX_PEERS));
    }

    /** What a proxy is greeted with. */
    Payloads.Welcome welcome(EngineEpoch epoch, byte[] nonce) {
        return new Payloads.Welcome(
                Protocol.OLDEST,
                Protocol.CURRENT,
                epoch,
                (int) heartbeat.toMillis(),
                Compression.isAvailable(),
                nonce,
                fewPeers());
    }

    long silenceNanos() {
        return heartbeat.toNanos() * Protocol.SILENT_HEARTBEATS;
    }
}
