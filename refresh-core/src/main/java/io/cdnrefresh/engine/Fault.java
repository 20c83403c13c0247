// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import java.util.List;

/**
 * One thing that is wrong with a request. Immutable.
 *
 * @param index which element of the field, from 0; −1 = the field itself
 * @param field the field, query parameter or header
 * @param value what was sent, at most {@value #MAX_VALUE_BYTES} bytes of it
 * @param code a stable word for the fault
 * @param allowed what would have been accepted, for people
 */
record Fault(int index, String field, String value, String code, String allowed) {
    static final int MAX_VALUE_BYTES = 128;

    static final String BAD_VALUE = "bad-value";
    static final String CONFLICT = "conflict";
    static final String DUPLICATE_FIELD = "duplicate-field";
    static final String MALFORMED = "malformed";
    static final String MISSING_FIELD = "missing-field";
    static final String NOT_NOW = "not-now";
    static final String NOT_WITH_THIS_TYPE = "not-with-this-type";
    static final String TOO_FEW = "too-few";
    static final String TOO_LONG = "too-long";
    static final String TOO_MANY = "too-many";
    static final String UNKNOWN = "unknown";
    static final String UNKNOWN_FIELD = "unknown-field";
    static final String UNKNOWN_PARAMETER = "unknown-parameter";
    static final String WRONG_TYPE = "wrong-type";

    Fault {
        value = cut(value);
    }

    /** A fault of a whole field. */
    static Fault of(String field, String value, String code, String allowed) {
        return new Fault(-1, field, value, code, allowed);
    }

    /** A value that a parser refused with a message {@code key: value (expected: allowed)}. */
    static Fault refused(int index, String field, String value, IllegalArgumentException refusal) {
        String message = String.valueOf(refusal.getMessage());
        int expected = message.lastIndexOf("(expected: ");
        String allowed = expected < 0 ? "" : message.substring(expected + 11, message.length() - 1);
        return new Fault(index, field, value, BAD_VALUE, allowed);
    }

    static void write(JsonWriter json, String name, List<Fault> faults) {
        json.field(name).beginArray();
        for (Fault fault : faults) {
            json.beginObject();
            if (fault.index >= 0) {
                json.field("index").value(fault.index);
            }
            json.field("field").value(fault.field);
            json.field("value").value(fault.value);
            json.field("code").value(fault.code);
            json.field("allowed").value(fault.allowed);
            json.endObject();
        }
        json.endArray();
    }

    /** The longest beginning of whole characters within the bound. */
    private static String cut(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            if (bytes > MAX_VALUE_BYTES) {
                return text.substring(0, i);
            }
            i += Character.charCount(point);
        }
        return text;
    }
}
