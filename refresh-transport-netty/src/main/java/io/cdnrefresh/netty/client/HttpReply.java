// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How an exchange ended: with a whole response, or not. Immutable. */
public sealed interface HttpReply {
    /**
     * A response that arrived whole, as its Content-Length or its chunks say.
     *
     * @param status 200 to 999; interim responses are never seen here
     * @param headers name and value by turns, in the order received
     * @param bodyBytes length of the whole body, kept or not
     * @param bodyPrefix its first bytes, as many as the call asked for; never written to after construction
     */
    record Response(int status, List<String> headers, long bodyBytes, byte[] bodyPrefix) implements HttpReply {
        /** Copies the headers. */
        public Response {
            headers = List.copyOf(headers);
            requireNonNull(bodyPrefix, "bodyPrefix");
        }

        /** The first value of a header, by any spelling of its name; null if absent. */
        public @Nullable String header(String name) {
            for (int i = 0; i + 1 < headers.size(); i += 2) {
                if (headers.get(i).equalsIgnoreCase(name)) {
                    return headers.get(i + 1);
                }
            }
            return null;
        }
    }

    /**
     * No whole response.
     *
     * @param kind what happened
     * @param reason for logs and reports; names no header value and no body
     * @param status what the head said, if it came and only the body was too long; else 0
     */
    record Failed(Kind kind, String reason, int status) implements HttpReply {
        /** Without a head. */
        public Failed(Kind kind, String reason) {
            this(kind, reason, 0);
        }

        /** Requires both. */
        public Failed {
            requireNonNull(kind, "kind");
            requireNonNull(reason, "reason");
        }
    }

    /** Why there is no response. */
    enum Kind {
        /** Name unknown, refused, unreachable, connect timeout or TLS failure: the request was not sent. */
        CONNECT,
        /** Too many calls wait for this host already: not sent. */
        QUEUE_FULL,
        /** The call's own time was over: perhaps sent. */
        TIMEOUT,
        /** Closed or reset before the whole head of a response: perhaps sent. */
        RESET,
        /** The head came, the body ended early. */
        TRUNCATED,
        /** Not HTTP/1.x, or beyond the limits of a head. */
        MALFORMED,
        /** The body is longer than the call allows. */
        BODY_TOO_LARGE,
        /** The client is closed or was closed meanwhile. */
        CLOSED
    }
}
