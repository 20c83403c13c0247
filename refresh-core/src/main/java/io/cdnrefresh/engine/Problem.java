// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.spi.ApiResponse;
import java.util.List;
import java.util.function.Consumer;

/**
 * A refusal as RFC 9457 shows it. Immutable. Holds no internal name and no text of an exception.
 *
 * @param status HTTP status
 * @param code a stable word, the end of {@code type}
 * @param title the same for every refusal with this code
 * @param detail what is wrong this time
 * @param faults one by one; may be empty
 * @param headers further headers, name and value by turns
 */
record Problem(int status, String code, String title, String detail, List<Fault> faults, List<String> headers) {
    static final String CONTENT_TYPE = "application/problem+json";
    static final String TYPE_PREFIX = "urn:cdnrefresh:problem:";

    Problem {
        faults = List.copyOf(faults);
        headers = List.copyOf(headers);
    }

    static Problem of(int status, String code, String title, String detail, Fault... faults) {
        return new Problem(status, code, title, detail, List.of(faults), List.of());
    }

    /** A request with faults that are listed. */
    static Problem invalid(List<Fault> faults) {
        Fault first = faults.get(0);
        String where = first.index() < 0 ? first.field() : first.field() + "[" + first.index() + "]";
        String more = faults.size() == 1 ? "" : " and " + (faults.size() - 1) + " more";
        String detail =
                where + ": " + first.code() + (first.allowed().isEmpty() ? "" : ", expected: " + first.allowed());
        return new Problem(400, "invalid-request", "The request is not valid", detail + more, faults, List.of());
    }

    static Problem invalid(Fault fault) {
        return invalid(List.of(fault));
    }

    /** What the path names is not there. */
    static Problem notFound(String field, String value, String allowed) {
        Fault fault = Fault.of(field, value, Fault.UNKNOWN, allowed);
        return of(404, "not-found", "There is no such thing", field + ": unknown, expected: " + allowed, fault);
    }

    Problem withHeaders(String... namesAndValues) {
        return new Problem(status, code, title, detail, faults, List.of(namesAndValues));
    }

    ApiResponse toResponse() {
        return toResponse(json -> {});
    }

    /** The answer with further members. */
    ApiResponse toResponse(Consumer<JsonWriter> members) {
        JsonWriter json = new JsonWriter(256 + 128 * faults.size());
        json.beginObject();
        json.field("type").value(TYPE_PREFIX + code);
        json.field("title").value(title);
        json.field("status").value(status);
        json.field("detail").value(detail);
        Fault.write(json, "errors", faults);
        members.accept(json);
        json.endObject();
        return new ApiResponse(status, CONTENT_TYPE, headers, json.toArray());
    }
}
