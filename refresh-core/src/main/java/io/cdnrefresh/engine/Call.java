// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way through a route. Immutable.
 *
 * @param request what came
 * @param responder where the answer goes
 * @param variables the parts of the path that the route leaves open, decoded
 * @param query its parameters
 * @param caller who asks
 * @param relay the way to the engine whose task it is about
 */
record Call(
        ApiRequest request,
        ApiResponder responder,
        List<String> variables,
        QueryParameters query,
        Caller caller,
        Relay relay) {
    private static final Logger logger = LoggerFactory.getLogger(Call.class);

    private static final Problem INTERNAL = Problem.of(
            500, "internal", "Something went wrong here", "the failure was recorded; the request may be repeated");

    String variable(int index) {
        return variables.get(index);
    }

    /** Who asks, for the audit. */
    String actor() {
        return caller.actor();
    }

    /** Does what ends with an answer; answers with its refusal, or with 500, if it throws. */
    void run(Runnable step) {
        try {
            step.run();
        } catch (ProblemException refusal) {
            responder.respond(refusal.problem().toResponse());
        } catch (RuntimeException failure) {
            responder.respond(failed(request, failure));
        }
    }

    /** Answers with what this engine and the others know; with what it knows alone if the caller wants no more. */
    void askAll(Function<List<Relay.Part>, ApiResponse> maker) {
        if (isLocal()) {
            answer(() -> maker.apply(List.of()));
        } else {
            relay.askAll(this, engine -> "local=true", parts -> answer(() -> maker.apply(parts)));
        }
    }

    /** Whether this engine alone is wanted: the caller says so, or is another engine. */
    boolean isLocal() {
        Boolean isWanted = query.parsed("local", Call::yesOrNo);
        return isWanted != null && isWanted || Relay.isRelayed(request);
    }

    /** The same call for later, when the request is not to be read any more. */
    Call kept() {
        return new Call(KeptRequest.of(request), responder, variables, query, caller, relay);
    }

    private static boolean yesOrNo(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("local (expected: true | false)");
        }
        return text.equals("true");
    }

    /** Answers with what the supplier makes; with its refusal, or with 500, if it throws. */
    void answer(Supplier<ApiResponse> maker) {
        answer(request, responder, maker);
    }

    static void answer(ApiRequest request, ApiResponder responder, Supplier<ApiResponse> maker) {
        ApiResponse response;
        try {
            response = maker.get();
        } catch (ProblemException refusal) {
            response = refusal.problem().toResponse();
        } catch (RuntimeException failure) {
            response = failed(request, failure);
        }
        responder.respond(response);
    }

    static ApiResponse failed(ApiRequest request, RuntimeException failure) {
        logger.error("request failed method={} path={}", request.method(), request.path(), failure);
        return INTERNAL.toResponse();
    }

    /** Answers with what the function makes of a value; 503 or 429 for what is not available. */
    <T> Consumer<Answer<T>> then(Function<T, ApiResponse> writer) {
        return then(
                () -> {
                    throw new IllegalStateException("nothing is looked up here");
                },
                writer);
    }

    /** The same where what the path names may be unknown; it makes the refusal. */
    <T> Consumer<Answer<T>> then(Supplier<Problem> unknown, Function<T, ApiResponse> writer) {
        return answer -> {
            if (answer instanceof Answer.Elsewhere<T> elsewhere) {
                relay.pass(this, elsewhere.owner(), reply -> {
                    if (reply != null) {
                        responder.respond(reply);
                    } else {
                        answer(elsewhere.stored(), unknown, writer);
                    }
                });
            } else {
                answer(answer, unknown, writer);
            }
        };
    }

    /** Answers with what is known here. */
    <T> void answer(Answer<T> answer, Supplier<Problem> unknown, Function<T, ApiResponse> writer) {
        answer(() -> {
            if (answer instanceof Answer.Value<T> value) {
                return writer.apply(value.value());
            }
            if (answer instanceof Answer.Unavailable<T> unavailable) {
                return Replies.unavailable(unavailable.cause(), unavailable.retryAfterSeconds());
            }
            return unknown.get().toResponse();
        });
    }
}
