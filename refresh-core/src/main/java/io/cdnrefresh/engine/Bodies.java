// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import io.cdnrefresh.spi.ApiRequest;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens request bodies. Thread-safe: readers are lent, and kept for the next request in a few slots. */
final class Bodies {
    private static final int SLOTS = 16;
    private static final int CONTEXT = 40;

    private final AtomicReferenceArray<@Nullable JsonReader> readers = new AtomicReferenceArray<>(SLOTS);
    private final int maxBytes;

    Bodies(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Reads a body that must be JSON.
     *
     * @throws ProblemException 413, 415, or 400 for what is no JSON
     */
    <T> T read(ApiRequest request, Function<BodyReader, T> function) {
        byte[] body = request.body();
        if (body.length > maxBytes) {
            String allowed = "at most " + maxBytes + " bytes";
            Fault fault = Fault.of("body", body.length + " bytes", Fault.TOO_LONG, allowed);
            throw new ProblemException(
                    Problem.of(413, "body-too-large", "The body is too large", "expected: " + allowed, fault));
        }
        requireJson(request.header("Content-Type"));
        int slot = (int) Thread.currentThread().getId() & SLOTS - 1;
        JsonReader lent = readers.getAndSet(slot, null);
        JsonReader reader = lent == null ? new JsonReader() : lent;
        int fault = reader.open(body);
        try {
            if (fault == JsonGuard.SOUND) {
                return function.apply(new BodyReader(reader));
            }
        } finally {
            reader.close();
            readers.set(slot, reader);
        }
        throw new ProblemException(malformed(body, fault));
    }

    private static Problem malformed(byte[] body, int at) {
        String allowed = body.length == 0
                ? "one JSON object"
                : "one JSON object (RFC 8259) in well-formed UTF-8, at most " + JsonGuard.MAX_DEPTH
                        + " levels deep, numbers of at most " + JsonGuard.MAX_NUMBER + " characters";
        String where = body.length == 0 ? "the body is empty" : "byte " + at;
        String shown = body.length == 0 ? "" : where + ": " + shown(body, at);
        Fault fault = Fault.of("body", shown, Fault.MALFORMED, allowed);
        return Problem.of(400, "malformed-json", "The body is not JSON", where + ", expected: " + allowed, fault);
    }

    /** The body from shortly before a place on; what is not printable ASCII as a question mark. */
    private static String shown(byte[] body, int at) {
        StringBuilder text = new StringBuilder(2 * CONTEXT);
        for (int i = Math.max(0, at - CONTEXT); i < Math.min(body.length, at + CONTEXT); i++) {
            text.append(body[i] >= ' ' && body[i] < 0x7f ? (char) body[i] : '?');
        }
        return at >= body.length ? text.append(" (end)").toString() : text.toString();
    }

    private static void requireJson(@Nullable String contentType) {
        if (contentType == null || contentType.equals(Replies.JSON)) {
            return;
        }
        String type = contentType.toLowerCase(Locale.ROOT).replace(" ", "").replace("\"", "");
        if (!type.equals(Replies.JSON) && !type.equals(Replies.JSON + ";charset=utf-8")) {
            Fault fault = Fault.of("Content-Type", contentType, Fault.BAD_VALUE, Replies.JSON);
            throw new ProblemException(Problem.of(
                    415,
                    "unsupported-media-type",
                    "The body must be JSON",
                    "expected: Content-Type: application/json",
                    fault));
        }
    }
}
