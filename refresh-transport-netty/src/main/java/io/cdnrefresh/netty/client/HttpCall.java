// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * One request to be made. Immutable ({@code body} is never written to after construction); checked as a whole, so that
 * nothing a tenant wrote can end a line early or begin another request.
 *
 * @param method a token of RFC 9110, {@code PURGE} and {@code BAN} as well
 * @param host name or address to connect to
 * @param port 1 to 65535
 * @param isSecure true for TLS; the certificate is checked against the host of {@code authority}
 * @param authority the Host header, independent of where the connection goes
 * @param path the request target as it goes on the wire: from {@code /}, or a whole URI for a forward proxy
 * @param headers name and value by turns; none of those that frame a message or name the host
 * @param body the request's body; empty for none
 * @param timeout for everything, waiting for a connection included; 1 ms to 1 h
 * @param keepBodyBytes how much of the response's body is kept, 0 to 16 MiB; the rest is counted and thrown away
 * @param maxBodyBytes a longer body ends the exchange with {@code BODY_TOO_LARGE}; 0 = no limit
 * @param pace told the number of bytes of each piece of the body, on an event loop: must not block. It gives how many
 *     nanoseconds nothing more is read, so that the server has to wait; less than 0 ends the exchange
 */
public record HttpCall(
        String method,
        String host,
        int port,
        boolean isSecure,
        String authority,
        String path,
        List<String> headers,
        byte[] body,
        Duration timeout,
        int keepBodyBytes,
        long maxBodyBytes,
        IntToLongFunction pace) {
    private static final int MAX_KEEP_BYTES = 16 << 20;

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException if a value is outside its range or would break the framing
     */
    public HttpCall {
        CallRules.checkMethod(method);
        CallRules.checkHost(host);
        CallRules.checkTarget(path);
        CallRules.checkAuthority(authority);
        headers = List.copyOf(headers);
        CallRules.checkHeaders(headers);
        requireNonNull(body, "body");
        requireNonNull(pace, "pace");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: PT0.001S..PT1H)");
        }
        if (keepBodyBytes < 0 || keepBodyBytes > MAX_KEEP_BYTES) {
            throw new IllegalArgumentException("keepBodyBytes: " + keepBodyBytes + " (expected: 0..16777216)");
        }
        if (maxBodyBytes < 0) {
            throw new IllegalArgumentException("maxBodyBytes: " + maxBodyBytes + " (expected: 0 or more)");
        }
    }

    /** Starts a call; authority is {@code host:port} (without {@code :80}), timeout 10 s, unless told otherwise. */
    public static Builder to(String method, String host, int port, String path) {
        return new Builder(method, host, port, path);
    }

    /** Method, place and path; no header, no body. */
    @Override
    public String toString() {
        return "HttpCall[" + method + ' ' + host + ':' + port + ' ' + authority + ' ' + path + ']';
    }

    /** Describes a call. Not thread-safe. */
    public static final class Builder {
        private final String method;
        private final String host;
        private final int port;
        private final String path;
        private boolean isSecure;
        private String authority = "";
        private final List<String> headers = new ArrayList<>();
        private byte[] body = {};
        private Duration timeout = Duration.ofSeconds(10);
        private int keepBodyBytes;
        private long maxBodyBytes;
        private IntToLongFunction pace = bytes -> 0;

        private Builder(String method, String host, int port, String path) {
            this.method = requireNonNull(method, "method");
            this.host = requireNonNull(host, "host");
            this.port = port;
            this.path = requireNonNull(path, "path");
        }

        /** Connects by TLS. */
        public Builder secure() {
            isSecure = true;
            return this;
        }

        /** The Host header. */
        public Builder authority(String authority) {
            this.authority = requireNonNull(authority, "authority");
            return this;
        }

        /** Adds a header. */
        public Builder header(String name, String value) {
            headers.add(requireNonNull(name, "name"));
            headers.add(requireNonNull(value, "value"));
            return this;
        }

        /** The request's body. */
        public Builder body(byte[] body) {
            this.body = requireNonNull(body, "body");
            return this;
        }

        /** The time for everything, 1 ms to 1 h. */
        public Builder timeout(Duration timeout) {
            this.timeout = requireNonNull(timeout, "timeout");
            return this;
        }

        /** Keeps this many first bytes of the response's body; default 0. */
        public Builder keepBodyBytes(int count) {
            keepBodyBytes = count;
            return this;
        }

        /** Fails on a longer body; default 0 = no limit. */
        public Builder maxBodyBytes(long count) {
            maxBodyBytes = count;
            return this;
        }

        /** Hears of the body's pieces on an event loop and decides how fast the rest is read. */
        public Builder pace(IntToLongFunction pace) {
            this.pace = requireNonNull(pace, "pace");
            return this;
        }

        /**
         * Makes the call.
         *
         * @throws IllegalArgumentException if a value is outside its range or would break the framing
         */
        public HttpCall build() {
            String name = authority.isEmpty() ? CallRules.authorityOf(host, port, isSecure) : authority;
            return new HttpCall(
                    method,
                    host,
                    port,
                    isSecure,
                    name,
                    path,
                    headers,
                    body,
                    timeout,
                    keepBodyBytes,
                    maxBodyBytes,
                    pace);
        }
    }
}
