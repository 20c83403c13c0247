// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.netty.http.ResponseBytes.Persistence;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way, at its place in the order of its connection. Written by the connection's loop until the
 * endpoint has it; then only the answer is set, by any thread.
 */
final class PendingRequest implements ApiRequest, ApiResponder {
    private static final Logger logger = LoggerFactory.getLogger(PendingRequest.class);

    private final ApiConnection connection;
    private final HttpMethod method;
    private final HttpHeaders headers;
    private final String target;
    private final int queryStart;
    private final Persistence persistence;
    private final AtomicReference<@Nullable ApiResponse> answer = new AtomicReference<>();
    private byte[] body = Body.EMPTY;
    private volatile @Nullable AnswerStream stream;

    PendingRequest(ApiConnection connection, HttpRequest head, String target) {
        this.connection = connection;
        this.method = head.method();
        this.headers = head.headers();
        this.target = target;
        this.queryStart = target.indexOf('?');
        this.persistence = persistence(head);
    }

    private static Persistence persistence(HttpRequest head) {
        if (!HttpUtil.isKeepAlive(head)) {
            return Persistence.CLOSE;
        }
        return head.protocolVersion().equals(HttpVersion.HTTP_1_1) ? Persistence.KEEP : Persistence.KEEP_SAID;
    }

    Persistence persistence() {
        return persistence;
    }

    void body(byte[] bytes) {
        body = bytes;
    }

    boolean isHead() {
        return method.equals(HttpMethod.HEAD);
    }

    @Nullable
    ApiResponse answer() {
        return answer.get();
    }

    @Override
    public String method() {
        return method.name();
    }

    @Override
    public String path() {
        return queryStart < 0 ? target : target.substring(0, queryStart);
    }

    @Override
    public String query() {
        return queryStart < 0 ? "" : target.substring(queryStart + 1);
    }

    @Override
    public @Nullable String header(String name) {
        return headers.get(requireNonNull(name, "name"));
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public String remote() {
        return connection.remote();
    }

    @Override
    public void respond(ApiResponse response) {
        requireNonNull(response, "response");
        ApiResponse sound = response;
        if (!ResponseBytes.isSound(response)) {
            logger.error("answer cannot be sent status={} path={}", response.status(), path());
            sound = Problems.internal();
        }
        if (answer.compareAndSet(null, sound)) {
            connection.onEndpointAnswered();
            connection.onAnswered();
        } else {
            logger.warn("request answered twice status={} path={}", response.status(), path());
        }
    }

    @Override
    public ApiStream stream(ApiResponse head) {
        if (isHead() || answer.get() != null || !ResponseBytes.isSound(head)) {
            respond(head);
            return ApiStream.ENDED;
        }
        AnswerStream made = new AnswerStream(connection.channel());
        stream = made;
        respond(head);
        return made;
    }

    /** What follows the answer; null if nothing does. */
    @Nullable
    AnswerStream stream() {
        return stream;
    }

    /** An answer that is not the endpoint's: the request never got there. */
    void answerHere(ApiResponse response) {
        answer.set(response);
        connection.onAnswered();
    }

    /** The endpoint threw: its answer, unless it gave one before. */
    void abandon() {
        if (answer.get() == null) {
            respond(Problems.internal());
        }
    }
}
