// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import io.cdnrefresh.codec.JsonReader.Kind;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads one JSON object and says which field is wrong. Fields that nobody knows are passed over, so that later versions
 * may add some; of a repeated field the last one counts. Not thread-safe. Every fault is an {@link
 * IllegalArgumentException} that holds no more of the text than one value.
 */
final class JsonIn {
    private final JsonReader json;

    private JsonIn(JsonReader json) {
        this.json = json;
    }

    /**
     * Reads a text.
     *
     * @throws IllegalArgumentException if it is no JSON object, or a field is not as the function wants it
     */
    static <T> T read(byte[] text, Function<JsonIn, T> function) {
        JsonReader reader = new JsonReader();
        int fault = reader.open(text);
        if (fault != JsonGuard.SOUND) {
            throw new IllegalArgumentException("body: no JSON at byte " + fault + " (expected: one JSON object)");
        }
        try {
            return function.apply(new JsonIn(reader));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("a number out of range (expected: an integer)", e);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("a time (expected: as 2026-11-22T10:00:00Z)", e);
        }
    }

    /** Reads an object; the handler reads the value of each field, or skips it. */
    void object(String what, Consumer<String> handler) {
        require(what, Kind.OBJECT, "an object");
        for (String name = json.nextField(); name != null; name = json.nextField()) {
            handler.accept(name);
        }
    }

    /** Reads an array of at most so many elements; the handler reads each. */
    void array(String field, int max, Runnable element) {
        require(field, Kind.ARRAY, "an array");
        int count = 0;
        while (json.nextElement()) {
            if (++count > max) {
                throw new IllegalArgumentException(field + ": more (expected: at most " + max + " elements)");
            }
            element.run();
        }
    }

    String text(String field) {
        require(field, Kind.STRING, "a string");
        return json.string();
    }

    /** A string of at most so many characters. */
    String text(String field, int max) {
        String text = text(field);
        if (text.length() > max) {
            throw new IllegalArgumentException(field + ": too long (expected: at most " + max + " characters)");
        }
        return text;
    }

    List<String> texts(String field, int max) {
        List<String> texts = new ArrayList<>();
        array(field, max, () -> texts.add(text(field)));
        return texts;
    }

    Instant time(String field) {
        return Instant.parse(text(field));
    }

    boolean flag(String field) {
        require(field, Kind.BOOLEAN, "true or false");
        return json.bool();
    }

    /** An integer within bounds. */
    long number(String field, long min, long max) {
        require(field, Kind.NUMBER, "an integer");
        long value = json.number().longValueExact();
        if (value < min || value > max) {
            throw new IllegalArgumentException(field + ": " + value + " (expected: " + min + ".." + max + ")");
        }
        return value;
    }

    boolean isText() {
        return json.kind() == Kind.STRING;
    }

    void skip() {
        json.skip();
    }

    private void require(String field, Kind kind, String expected) {
        if (json.kind() != kind) {
            throw new IllegalArgumentException(field + ": another kind of value (expected: " + expected + ")");
        }
    }
}
