// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import java.util.List;

/**
 * Why a foreign request is not carried out, before its client's own form is given to it. Has no stack trace: it is an
 * answer, not a failure. Immutable.
 */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The status that the engine's own API would answer with. */
    final int status;
    /** A stable word, as the end of the {@code type} of a problem. */
    final String word;
    /** What is wrong, for people. */
    final String detail;
    /** How long to wait; 0 = nothing is said. */
    final int retryAfterSeconds;

    Refusal(int status, String word, String detail, int retryAfterSeconds) {
        super(word + ": " + detail, null, false, false);
        this.status = status;
        this.word = word;
        this.detail = detail;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    Refusal(int status, String word, String detail) {
        this(status, word, detail, 0);
    }

    /** A request that means nothing here. */
    static Refusal invalid(String detail) {
        return new Refusal(400, "invalid-request", detail);
    }

    static Refusal internal() {
        return new Refusal(500, "internal", "the failure was recorded; the request may be repeated");
    }

    /** The header of a wait, or none. */
    List<String> headers() {
        return retryAfterSeconds == 0 ? List.of() : List.of("Retry-After", Integer.toString(retryAfterSeconds));
    }
}
