// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import com.jsoniter.JsonIterator;
import com.jsoniter.ValueType;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON text after another, value by value. Not thread-safe: one for each thread or request at a time.
 *
 * <p>The caller asks {@link #kind} before each read and calls the method of that kind; every other order is a fault of
 * the caller. Objects: {@link #nextField} until null, each time followed by reading or skipping the value. Arrays:
 * {@link #nextElement} until false, likewise. Names may repeat; seeing that is the caller's part.
 */
public final class JsonReader {
    /** What a value is. */
    public enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        BOOLEAN,
        NULL
    }

    /*
     * Implementation notes. The parser below is jsoniter, which is unsafe on raw input: it runs over bytes only that
     * JsonGuard has passed, in an array of exactly their length, and through the few methods that were compared with a
     * strict parser (JsonFuzzTest). Its exceptions hold the whole text, so none leaves this class. Its buffer for
     * strings never shrinks, so it is dropped after a large text.
     */
    private static final int LARGE_BYTES = 64 * 1024;
    private static final byte[] NOTHING = {};

    private JsonIterator iterator = new JsonIterator();
    private boolean isLarge;

    /** Creates a reader without a text. */
    public JsonReader() {}

    /**
     * Starts with a text, which must not change until {@link #close}.
     *
     * @return {@link JsonGuard#SOUND}, or the position of the fault; nothing may be read then
     */
    public int open(byte[] text) {
        int fault = JsonGuard.check(text);
        if (fault == JsonGuard.SOUND) {
            isLarge = text.length > LARGE_BYTES;
            iterator.reset(text);
        }
        return fault;
    }

    /** Lets go of the text. */
    public void close() {
        if (isLarge) {
            iterator = new JsonIterator();
            isLarge = false;
        } else {
            iterator.reset(NOTHING);
        }
    }

    /** What the next value is. */
    public Kind kind() {
        ValueType type;
        try {
            type = iterator.whatIsNext();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
        return switch (type) {
            case OBJECT -> Kind.OBJECT;
            case ARRAY -> Kind.ARRAY;
            case STRING -> Kind.STRING;
            case NUMBER -> Kind.NUMBER;
            case BOOLEAN -> Kind.BOOLEAN;
            case NULL -> Kind.NULL;
            case INVALID -> throw misused();
        };
    }

    /** Enters an object or goes on in it: the name of the next field; null at the end. */
    public @Nullable String nextField() {
        try {
            return iterator.readObject();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
    }

    /** Enters an array or goes on in it: whether there is a next element. */
    public boolean nextElement() {
        try {
            return iterator.readArray();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
    }

    /** The next value, a string. */
    public String string() {
        try {
            return iterator.readString();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
    }

    /**
     * The next value, a number, exactly. Never expand it ({@code toBigInteger}, {@code toPlainString}): its exponent may
     * be large; {@code longValueExact} is safe.
     *
     * @throws NumberFormatException if its exponent is beyond what {@link BigDecimal} holds
     */
    public BigDecimal number() {
        String text;
        try {
            text = iterator.readNumberAsString();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
        return new BigDecimal(text);
    }

    /** The next value, true or false. */
    public boolean bool() {
        try {
            return iterator.readBoolean();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
    }

    /** Passes over the next value of any kind. */
    public void skip() {
        try {
            iterator.skip();
        } catch (IOException | RuntimeException hidden) {
            throw misused();
        }
    }

    /** Without cause or text: the parser's own message holds the caller's body. */
    private static IllegalStateException misused() {
        return new IllegalStateException("json: value of another kind (expected: the kind that kind() told)");
    }
}
