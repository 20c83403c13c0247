// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

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
        if (current == null && object instanceof HttpRequest head) {
            current = new PendingRequest(connection, head, "/");
        }
        if (cause instanceof TooLongHttpLineException) {
            reject(414, "request line: longer than " + limits.maxLineBytes() + " bytes");
        } else if (cause instanceof TooLongHttpHeaderException) {
            reject(431, "headers: longer than " + limits.maxHeaderBytes() + " bytes");
        } else {
            reject(400, "not a request of HTTP/1.1");
        }
    }

    private void onHead(HttpRequest head) {
        String target = RequestRules.target(head);
        PendingRequest request = new PendingRequest(connection, head, target == null ? "/" : target);
        current = request;
        if (head.protocolVersion().majorVersion() != 1) {
            reject(505, "version: not spoken here (expected: HTTP/1.1)");
            return;
        }
        String fault = target == null ? "request target: not a path" : RequestRules.fault(head);
        if (fault != null) {
            reject(400, fault);
            return;
        }
        long declaredBytes = HttpUtil.getContentLength(head, -1L);
        if (declaredBytes > limits.maxBodyBytes()) {
            rejectBody();
            return;
        }
        String expected = head.headers().get(HttpHeaderNames.EXPECT);
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            reject(417, "Expect: not understood (expected: 100-continue)");
            return;
        }
        wantsContinue = expected != null && head.protocolVersion().equals(HttpVersion.HTTP_1_1);
        body = new Body(limits.maxBodyBytes(), (int) declaredBytes);
        connection.onBodyAwaited();
    }

    private void rejectBody() {
        reject(413, "body: longer than " + limits.maxBodyBytes() + " bytes");
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
                rejectBody();
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
    private void reject(int status, String detail) {
        PendingRequest request = current;
        if (request == null) {
            var unreadable = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
            request = new PendingRequest(connection, unreadable, "/");
        }
        forget();
        connection.onRejected(request, Problems.of(status, detail));
    }

    /** The time for the body is over. */
    void onBodyTimeout() {
        reject(408, "body: not complete within " + limits.bodyTimeout().toMillis() + " ms");
    }
}
