// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import io.cdnrefresh.spi.ApiRequest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens request bodies. Thread-safe: readers are lent, and kept for the next request in a few slots. */
final class Bodies {
    private static final int SLOTS = 16;

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
            throw new ProblemException(Problem.of(
                    413, "body-too-large", "The body is too large", "expected: at most " + maxBytes + " bytes"));
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
        String detail = body.length == 0
                ? "the body is empty, expected: one JSON object"
                : "byte " + fault + ", expected: one JSON object (RFC 8259) in well-formed UTF-8, at most "
                        + JsonGuard.MAX_DEPTH + " levels deep, numbers of at most " + JsonGuard.MAX_NUMBER
                        + " characters";
        throw new ProblemException(Problem.of(400, "malformed-json", "The body is not JSON", detail));
    }

    private static void requireJson(@Nullable String contentType) {
        if (contentType == null || contentType.equals(Replies.JSON)) {
            return;
        }
        String type = contentType.toLowerCase(Locale.ROOT).replace(" ", "").replace("\"", "");
        if (!type.equals(Replies.JSON) && !type.equals(Replies.JSON + ";charset=utf-8")) {
            Fault fault = Fault.of("Content-Type", contentType, Fault.BAD_VALUE, Replies.JSON);
            throw new ProblemException(new Problem(
                    415,
                    "unsupported-media-type",
                    "The body must be JSON",
                    "expected: Content-Type: application/json",
                    List.of(fault),
                    List.of()));
        }
    }
}
