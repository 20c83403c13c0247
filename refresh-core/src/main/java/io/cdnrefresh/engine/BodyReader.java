// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonReader;
import io.cdnrefresh.codec.JsonReader.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one request body and collects what is wrong with them instead of stopping at the first. Not
 * thread-safe. A value that is refused reads as null and leaves a fault.
 */
final class BodyReader {
    /** Beyond this many faults of fields the rest is not listed: nobody reads on, and an answer must stay small. */
    private static final int MAX_FAULTS = 100;

    /** Reads the value of a field by calling one method of the reader. */
    @FunctionalInterface
    interface FieldHandler {
        void read(String name);
    }

    private final JsonReader json;
    private final List<Fault> faults = new ArrayList<>(0);

    BodyReader(JsonReader json) {
        this.json = json;
    }

    List<Fault> faults() {
        return faults;
    }

    void fault(Fault fault) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(fault);
        }
    }

    /**
     * Reads an object whose fields are all known, each at most once; at most 64 of them.
     *
     * @param path where it stands; empty = it is the body
     * @throws ProblemException if the body is no object
     */
    void object(String path, List<String> known, FieldHandler handler) {
        if (json.kind() != Kind.OBJECT && path.isEmpty()) {
            throw new ProblemException(Problem.invalid(Fault.of("body", shown(), Fault.WRONG_TYPE, "an object")));
        }
        if (json.kind() != Kind.OBJECT) {
            wrongType(-1, path, "an object");
            return;
        }
        long seen = 0;
        for (String name = json.nextField(); name != null; name = json.nextField()) {
            int field = known.indexOf(name);
            if (field >= 0 && (seen & 1L << field) == 0) {
                seen |= 1L << field;
                handler.read(name);
                continue;
            }
            String code = field < 0 ? Fault.UNKNOWN_FIELD : Fault.DUPLICATE_FIELD;
            String full = path.isEmpty() ? name : path + "." + name;
            fault(Fault.of(full, shown(), code, field < 0 ? String.join(", ", known) : "each field once"));
        }
    }

    @Nullable
    String string(String field) {
        return string(-1, field, "a string");
    }

    private @Nullable String string(int index, String field, String allowed) {
        if (json.kind() == Kind.STRING) {
            return json.string();
        }
        wrongType(index, field, allowed);
        return null;
    }

    boolean bool(String field) {
        if (json.kind() == Kind.BOOLEAN) {
            return json.bool();
        }
        wrongType(-1, field, "true or false");
        return false;
    }

    /** A string read by a parser that throws {@link IllegalArgumentException}. */
    <T> @Nullable T parsed(String field, Function<String, T> parser) {
        String text = string(field);
        return text == null ? null : parsed(-1, field, text, parser);
    }

    /** A string, or a number as text, read by a parser that throws {@link IllegalArgumentException}. */
    <T> @Nullable T scalar(String field, Function<String, T> parser) {
        return json.kind() == Kind.NUMBER ? parsed(-1, field, number(), parser) : parsed(field, parser);
    }

    private <T> @Nullable T parsed(int index, String field, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException refusal) {
            fault(Fault.refused(index, field, text, refusal));
            return null;
        }
    }

    /** An array of at most so many strings, each read by a parser. */
    List<String> strings(String field, int max, Function<String, String> parser) {
        List<String> values = new ArrayList<>();
        elements(field, max, "an array of strings", index -> {
            String text = string(index, field, "a string");
            String value = text == null ? null : parsed(index, field, text, parser);
            if (value != null) {
                values.add(value);
            }
        });
        return values;
    }

    /** Reads one element of an array. */
    @FunctionalInterface
    interface ElementHandler {
        void read(int index);
    }

    /** Reads an array; what is beyond the maximum is counted, not read. Gives the number of elements. */
    int elements(String field, int max, String allowed, ElementHandler handler) {
        if (json.kind() != Kind.ARRAY) {
            wrongType(-1, field, allowed);
            return -1;
        }
        int count = 0;
        while (json.nextElement()) {
            if (count < max) {
                handler.read(count);
            } else {
                json.skip();
            }
            count++;
        }
        if (count > max) {
            fault(Fault.of(field, Integer.toString(count), Fault.TOO_MANY, "at most " + max + " elements"));
        }
        return count;
    }

    /** Reads an object of freely named strings. */
    void entries(String field, int max, EntryHandler handler) {
        if (json.kind() != Kind.OBJECT) {
            wrongType(-1, field, "an object of strings");
            return;
        }
        int count = 0;
        for (String name = json.nextField(); name != null; name = json.nextField()) {
            if (count++ >= max) {
                json.skip();
                continue;
            }
            String value = string(-1, field + "." + name, "a string");
            if (value != null) {
                handler.read(name, value);
            }
        }
        if (count > max) {
            fault(Fault.of(field, Integer.toString(count), Fault.TOO_MANY, "at most " + max));
        }
    }

    /** Takes one entry of an object. */
    @FunctionalInterface
    interface EntryHandler {
        void read(String name, String value);
    }

    Kind kind() {
        return json.kind();
    }

    /** Leaves a fault and passes over the value. */
    void wrongType(int index, String field, String allowed) {
        fault(new Fault(index, field, shown(), Fault.WRONG_TYPE, allowed));
    }

    /** The value that comes next, for a fault; passes over it. */
    String shown() {
        return switch (json.kind()) {
            case STRING -> json.string();
            case BOOLEAN -> Boolean.toString(json.bool());
            case NUMBER -> number();
            case NULL -> skipped("null");
            case OBJECT -> skipped("{…}");
            case ARRAY -> skipped("[…]");
        };
    }

    private String number() {
        try {
            return json.number().toString();
        } catch (NumberFormatException beyond) {
            return "a number";
        }
    }

    private String skipped(String text) {
        json.skip();
        return text;
    }
}
