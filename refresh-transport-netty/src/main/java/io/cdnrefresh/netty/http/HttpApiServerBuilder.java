// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Describes an {@link HttpApiServer}. Not thread-safe. Every setter checks its own range. */
public final class HttpApiServerBuilder {
    private final ApiEndpoint endpoint;
    private String host = "127.0.0.1";
    private int port;
    private @Nullable NettyLoops loops;
    private @Nullable Supplier<SslContext> tls;
    private BiFunction<ApiRequest, ApiResponse, ApiResponse> refusals = (request, problem) -> problem;
    private int maxBodyBytes = 1048576;
    private int maxHeaderBytes = 8192;
    private int maxLineBytes = 16384;
    private int maxConnections = 10000;
    private int maxPipelined = 64;
    private int maxOutstanding = 16384;
    private Duration headerTimeout = Duration.ofSeconds(10);
    private Duration bodyTimeout = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofSeconds(75);
    private Duration writeTimeout = Duration.ofSeconds(30);

    HttpApiServerBuilder(ApiEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Name or address to listen on; default 127.0.0.1. */
    public HttpApiServerBuilder host(String host) {
        this.host = requireNonNull(host, "host");
        return this;
    }

    /** Port to listen on, 0 to 65535; 0, the default, takes a free one. */
    public HttpApiServerBuilder port(int port) {
        this.port = check("port", port, 0, 65_535);
        return this;
    }

    /** The loops to live on, the caller's to end; default: its own, ended with the server. */
    public HttpApiServerBuilder loops(NettyLoops loops) {
        this.loops = requireNonNull(loops, "loops");
        return this;
    }

    /** Speaks TLS; default: does not. */
    public HttpApiServerBuilder tls(SslContext tls) {
        if (!requireNonNull(tls, "tls").isServer()) {
            throw new IllegalArgumentException("tls: for clients (expected: for servers)");
        }
        return tls(() -> tls);
    }

    /** Speaks TLS with what this gives for each connection, so that certificates can change; never blocks. */
    public HttpApiServerBuilder tls(Supplier<SslContext> contexts) {
        tls = requireNonNull(contexts, "contexts");
        return this;
    }

    /**
     * The form of what the server refuses before the endpoint sees it, such as a body that is too long; default a problem
     * (RFC 9457). Given what was read of the request, without its body, and the problem; called on an event loop, must not
     * block; what it throws leaves the problem as it is.
     */
    public HttpApiServerBuilder refusals(BiFunction<ApiRequest, ApiResponse, ApiResponse> form) {
        refusals = requireNonNull(form, "form");
        return this;
    }

    /** Longest body of a request; 0 to 1,073,741,824, default 1 MiB. */
    public HttpApiServerBuilder maxBodyBytes(int bytes) {
        maxBodyBytes = check("maxBodyBytes", bytes, 0, 1073741824);
        return this;
    }

    /** Longest header block of a request; 256 to 1,048,576, default 8,192. */
    public HttpApiServerBuilder maxHeaderBytes(int bytes) {
        maxHeaderBytes = check("maxHeaderBytes", bytes, 256, 1048576);
        return this;
    }

    /** Longest request line; 256 to 1,048,576, default 16 KiB. */
    public HttpApiServerBuilder maxLineBytes(int bytes) {
        maxLineBytes = check("maxLineBytes", bytes, 256, 1048576);
        return this;
    }

    /** Connections at a time; one more is closed at once; 1 to 1,000,000, default 10,000. */
    public HttpApiServerBuilder maxConnections(int count) {
        maxConnections = check("maxConnections", count, 1, 1000000);
        return this;
    }

    /** Unanswered requests of a connection; then it is not read; 1 to 10,000, default 64. */
    public HttpApiServerBuilder maxPipelined(int count) {
        maxPipelined = check("maxPipelined", count, 1, 10000);
        return this;
    }

    /** Unanswered requests in all; one more is answered with 503; 1 to 1,000,000, default 16,384. */
    public HttpApiServerBuilder maxOutstanding(int count) {
        maxOutstanding = check("maxOutstanding", count, 1, 1000000);
        return this;
    }

    /** From the first byte of a head to its last; 10 ms to 1 h, default 10 s. */
    public HttpApiServerBuilder headerTimeout(Duration timeout) {
        headerTimeout = check("headerTimeout", timeout);
        return this;
    }

    /** From the end of a head to the end of its body; 10 ms to 1 h, default 30 s. */
    public HttpApiServerBuilder bodyTimeout(Duration timeout) {
        bodyTimeout = check("bodyTimeout", timeout);
        return this;
    }

    /** From an answer, or the connection, to the next byte; 10 ms to 1 h, default 75 s. */
    public HttpApiServerBuilder idleTimeout(Duration timeout) {
        idleTimeout = check("idleTimeout", timeout);
        return this;
    }

    /** How long a client may read nothing of an answer; 10 ms to 1 h, default 30 s. */
    public HttpApiServerBuilder writeTimeout(Duration timeout) {
        writeTimeout = check("writeTimeout", timeout);
        return this;
    }

    /** Creates the server; opens no socket. */
    public HttpApiServer build() {
        ServerLimits limits = new ServerLimits(
                maxBodyBytes,
                maxHeaderBytes,
                maxLineBytes,
                maxConnections,
                maxPipelined,
                maxOutstanding,
                headerTimeout,
                bodyTimeout,
                idleTimeout,
                writeTimeout);
        return new HttpApiServer(this, limits);
    }

    ApiEndpoint endpoint() {
        return endpoint;
    }

    BiFunction<ApiRequest, ApiResponse, ApiResponse> refusals() {
        return refusals;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    @Nullable
    NettyLoops loops() {
        return loops;
    }

    @Nullable
    Supplier<SslContext> tls() {
        return tls;
    }

    private static int check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: " + min + ".." + max + ")");
        }
        return value;
    }

    private static Duration check(String key, Duration value) {
        if (value.toMillis() < 10 || value.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: PT0.01S..PT1H)");
        }
        return value;
    }
}
