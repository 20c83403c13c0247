// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.netty.http.Problems.Fault;
import io.cdnrefresh.netty.http.Problems.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole requests of the parts that the decoder gives, or the error that answers them. Owned by the loop of its
 * connection.
 */
final class RequestReader {
    private final ServerLimits limits;
    private final ApiConnection connection;
    /** The request whose body is being received, and the body so far. */
    private @Nullable PendingRequest current;

    private @Nullable Body body;
    private boolean wantsContinue;

    RequestReader(ServerLimits limits, ApiConnection connection) {
        this.limits = limits;
        this.connection = connection;
    }

    /** True between head and end of a request. */
    boolean isReceiving() {
        return current != null;
    }

    /** True, once, if the sender waits for a word before it sends the body. */
    boolean takeContinue() {
        boolean wanted = wantsContinue;
        wantsContinue = false;
        return wanted;
    }

    /** Drops what has been received of a request. */
    void forget() {
        current = null;
        body = null;
        wantsContinue = false;
    }

    /** Takes the next object that the decoder made. */
    void onObject(HttpObject object) {
        if (object.decoderResult().isFailure()) {
            onUndecodable(object);
            return;
        }
        if (object instanceof HttpRequest head) {
            onHead(head);
        }
        if (object instanceof HttpContent content) {
            onContent(content);
        }
    }

    private void onUndecodable(HttpObject object) {
        Throwable cause = object.decoderResult().cause();
        boolean isBody = current != null;
        if (current == null && object instanceof HttpRequest head) {
            String target = RequestRules.target(head);
            current = new PendingRequest(connection, head, target == null ? "/" : target);
        }
        if (cause instanceof TooLongHttpLineException) {
            rejectLength(Kind.LINE_TOO_LONG, "request-line", limits.maxLineBytes());
        } else if (cause instanceof TooLongHttpHeaderException) {
            rejectLength(Kind.HEADERS_TOO_LARGE, "headers", limits.maxHeaderBytes());
        } else {
            String allowed = isBody ? "a body as its headers announce it" : "request line and headers as in RFC 9112";
            reject(new Fault(Kind.MALFORMED, isBody ? "body" : "request", "not decodable", allowed));
        }
    }

    private void onHead(HttpRequest head) {
        String target = RequestRules.target(head);
        PendingRequest request = new PendingRequest(connection, head, target == null ? "/" : target);
        current = request;
        if (head.protocolVersion().majorVersion() != 1) {
            String version = head.protocolVersion().text();
            reject(new Fault(Kind.WRONG_VERSION, "request-line", version, "HTTP/1.1"));
            return;
        }
        Fault fault = target == null
                ? new Fault(Kind.MALFORMED, "request-line", head.uri(), "a path in printable ASCII without #")
                : RequestRules.fault(head);
        if (fault != null) {
            reject(fault);
            return;
        }
        long declaredBytes = HttpUtil.getContentLength(head, -1L);
        if (declaredBytes > limits.maxBodyBytes()) {
            String allowed = "at most " + limits.maxBodyBytes() + " bytes";
            reject(new Fault(Kind.BODY_TOO_LARGE, "body", declaredBytes + " bytes", allowed));
            return;
        }
        String expected = head.headers().get(HttpHeaderNames.EXPECT);
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            reject(new Fault(Kind.UNKNOWN_EXPECTATION, "Expect", expected, "100-continue"));
            return;
        }
        wantsContinue = expected != null && head.protocolVersion().equals(HttpVersion.HTTP_1_1);
        body = new Body(limits.maxBodyBytes(), (int) declaredBytes);
        connection.onBodyAwaited();
    }

    private void rejectLength(Kind kind, String field, int max) {
        reject(new Fault(kind, field, "more than " + max + " bytes", "at most " + max + " bytes"));
    }

    private void onContent(HttpContent content) {
        Body collected = body;
        if (collected == null) {
            return;
        }
        ByteBuf part = content.content();
        if (part.isReadable()) {
            wantsContinue = false;
            if (!collected.add(part)) {
                rejectLength(Kind.BODY_TOO_LARGE, "body", limits.maxBodyBytes());
                return;
            }
        }
        if (content instanceof LastHttpContent) {
            PendingRequest request = requireNonNull(current, "current");
            request.body(collected.toArray());
            forget();
            connection.onRequest(request);
        }
    }

    /** Answers the current request, or what should have been one, with an error at its place; the last of all. */
    private void reject(Fault fault) {
        PendingRequest request = current;
        if (request == null) {
            var unreadable = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
            request = new PendingRequest(connection, unreadable, "/");
        }
        forget();
        connection.onRejected(request, Problems.of(fault));
    }

    /** The time for the body is over. */
    void onBodyTimeout() {
        String allowed = "all of it within " + limits.bodyTimeout().toMillis() + " ms";
        reject(new Fault(Kind.BODY_TOO_SLOW, "body", "not complete", allowed));
    }
}
