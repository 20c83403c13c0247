// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.spi.ApiResponse;
import java.util.List;

/** The errors that are answered here, before the endpoint sees anything: RFC 9457, as the endpoint does. Stateless. */
final class Problems {
    private static final int MAX_VALUE = 128;

    /** What can be wrong: status, the end of the problem's type, its title, and the code of its one error. */
    enum Kind {
        MALFORMED(400, "malformed-request", "The request is not sound HTTP/1.1", "malformed"),
        BODY_TOO_SLOW(408, "body-too-slow", "The body came too slowly", "too-slow"),
        BODY_TOO_LARGE(413, "body-too-large", "The body is too large", "too-long"),
        LINE_TOO_LONG(414, "request-line-too-long", "The request line is too long", "too-long"),
        UNKNOWN_EXPECTATION(417, "unknown-expectation", "The expectation is not understood", "bad-value"),
        HEADERS_TOO_LARGE(431, "headers-too-large", "The headers are too large", "too-long"),
        OVERLOADED(503, "overloaded", "Too much is waiting", "not-now"),
        WRONG_VERSION(505, "wrong-version", "This version of HTTP is not spoken here", "bad-value");

        private final int status;
        private final String type;
        private final String title;
        private final String code;

        Kind(int status, String type, String title, String code) {
            this.status = status;
            this.type = type;
            this.title = title;
            this.code = code;
        }
    }

    /**
     * What is wrong with a request.
     *
     * @param field the part: {@code request-line}, {@code body}, or a header
     * @param value what was sent or counted
     * @param allowed what would have been accepted, for people
     */
    record Fault(Kind kind, String field, String value, String allowed) {
        Fault {
            value = shown(value);
        }

        private static String shown(String text) {
            StringBuilder shown = new StringBuilder();
            for (int i = 0; i < Math.min(text.length(), MAX_VALUE); i++) {
                char c = text.charAt(i);
                shown.append(c >= ' ' && c < 0x7f ? c : '?');
            }
            return shown.toString();
        }
    }

    private Problems() {}

    static ApiResponse of(Fault fault) {
        return of(fault, List.of());
    }

    static ApiResponse of(Fault fault, List<String> headers) {
        Kind kind = fault.kind;
        JsonWriter json = new JsonWriter(512);
        String detail = fault.field + ": " + fault.value + ", expected: " + fault.allowed;
        begin(json, kind.status, kind.type, kind.title, detail);
        json.beginObject();
        json.field("field").value(fault.field);
        json.field("value").value(fault.value);
        json.field("code").value(kind.code);
        json.field("allowed").value(fault.allowed);
        json.endObject();
        return end(json, kind.status, headers);
    }

    /** A failure of ours: nothing is wrong with the request. */
    static ApiResponse internal() {
        JsonWriter json = new JsonWriter(256);
        begin(
                json,
                500,
                "internal",
                "Something went wrong here",
                "the failure was recorded; the request may be repeated");
        return end(json, 500, List.of());
    }

    private static void begin(JsonWriter json, int status, String type, String title, String detail) {
        json.beginObject();
        json.field("type").value("urn:cdnrefresh:problem:" + type);
        json.field("title").value(title);
        json.field("status").value(status);
        json.field("detail").value(detail);
        json.field("errors").beginArray();
    }

    private static ApiResponse end(JsonWriter json, int status, List<String> headers) {
        return new ApiResponse(
                status,
                "application/problem+json",
                headers,
                json.endArray().endObject().toArray());
    }
}
