// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Mutated bodies against a strict parser: what it refuses is refused, what it reads is read alike. Prints its seed;
 * {@code -Drefresh.seed=} replays, {@code -Drefresh.fuzz=} sets the number of bodies.
 */
class JsonFuzzTest {
    private static final String[] SEEDS = {
        "{\"type\": \"url\", \"targets\": [\"https://www.example.com/a.css\"], \"partial\": true, \"dryRun\":false}",
        "{\"targets\":[\"https://a.b/\\u00e9\\ud83d\\ude00\\n\\\\\\/\",\"\u00e4\u6f22\ud83d\ude00\"],\"labels\":{\"r\":\"42\"}}",
        "[1,-0,0.5,-12.25e+3,1E9,123456789012345678901234567890,1e-7,{},[],[[[]]],{\"\":null}]",
        " { \"a\" : [ true , false , null ] , \"a\" : { \"b\\\"\" : -1 } } \r\n",
        "\"plain\"",
        "-12.5e3",
        "{\"type\":\"regex\",\"targets\":[{\"host\":\"www.example.com\",\"pattern\":\"^/x\\\\d+$\"}],\"x\":[[1,2],[3,[4]]]}",
    };
    private static final byte[] SPICE = {
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ',',
        ':',
        '-',
        '.',
        'e',
        'E',
        '0',
        '9',
        't',
        'u',
        'n',
        ' ',
        '\n',
        0,
        0x1f,
        0x7f,
        (byte) 0x80,
        (byte) 0xc0,
        (byte) 0xaf,
        (byte) 0xed,
        (byte) 0xa0,
        (byte) 0xf4,
        (byte) 0x90,
        (byte) 0xff
    };

    private final JsonFactory strict = new JsonFactory();
    private final JsonReader reader = new JsonReader();

    @Test
    void open_mutatedBodies_agreesWithStrictParser() throws IOException {
        long seed = Long.getLong("refresh.seed", 1);
        int bodies = Integer.getInteger("refresh.fuzz", 200_000);
        Random random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < bodies; i++) {
            byte[] body = mutate(random, SEEDS[random.nextInt(SEEDS.length)].getBytes(StandardCharsets.UTF_8));
            @Nullable Object expected = strictly(body);
            @Nullable Object actual = guarded(body);
            if (actual != null || expected != null && isAcceptable(body, expected)) {
                if (!Objects.equals(actual, expected)) {
                    fail("seed %d body %d %s: %s instead of %s", seed, i, Arrays.toString(body), actual, expected);
                }
                accepted++;
            }
        }
        assertThat(accepted).as("accepted, seed " + seed).isGreaterThan(bodies / 50);
    }

    @Test
    void open_unchangedSeeds_areAccepted() throws IOException {
        for (String seed : SEEDS) {
            byte[] body = seed.getBytes(StandardCharsets.UTF_8);
            assertThat(guarded(body)).as(seed).isNotNull().isEqualTo(strictly(body));
        }
    }

    private static byte[] mutate(Random random, byte[] seed) {
        byte[] body = seed.clone();
        int changes = 1 + random.nextInt(3);
        for (int c = 0; c < changes && body.length > 0; c++) {
            int at = random.nextInt(body.length);
            byte spice = SPICE[random.nextInt(SPICE.length)];
            body = switch (random.nextInt(6)) {
                case 0 -> splice(body, at, at + 1, new byte[] {spice});
                case 1 -> splice(body, at, at, new byte[] {spice});
                case 2 -> splice(body, at, Math.min(body.length, at + 1 + random.nextInt(4)), new byte[0]);
                case 3 -> splice(body, at, at, Arrays.copyOfRange(body, at, Math.min(body.length, at + 9)));
                case 4 -> random.nextInt(4) == 0 ? Arrays.copyOf(body, at) : body;
                default -> splice(body, at, at + 1, new byte[] {(byte) random.nextInt(256)});
            };
        }
        return body;
    }

    private static byte[] splice(byte[] body, int from, int to, byte[] part) {
        byte[] result = new byte[body.length - (to - from) + part.length];
        System.arraycopy(body, 0, result, 0, from);
        System.arraycopy(part, 0, result, from, part.length);
        System.arraycopy(body, to, result, from + part.length, body.length - to);
        return result;
    }

    /** The text as lists of what it holds; null if the strict parser refuses it. */
    private @Nullable Object strictly(byte[] body) {
        try (JsonParser parser = strict.createParser(body)) {
            if (parser.nextToken() == null) {
                return null;
            }
            Object value = value(parser);
            return parser.nextToken() == null ? value : null;
        } catch (IOException refused) {
            return null;
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        List<Object> parts = new ArrayList<>();
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                parts.add("object");
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    parts.add(parser.currentName());
                    parser.nextToken();
                    parts.add(value(parser));
                }
            }
            case START_ARRAY -> {
                parts.add("array");
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    parts.add(value(parser));
                }
            }
            case VALUE_STRING -> parts.add(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                String text = parser.getText();
                return number(() -> new BigDecimal(text));
            }
            default -> parts.add("word " + parser.getText());
        }
        return parts;
    }

    private static Object number(Supplier<BigDecimal> read) {
        try {
            return read.get();
        } catch (NumberFormatException beyondAnyExponent) {
            return "beyond";
        }
    }

    private @Nullable Object guarded(byte[] body) {
        if (reader.open(body) != JsonGuard.SOUND) {
            return null;
        }
        try {
            return value();
        } finally {
            reader.close();
        }
    }

    private Object value() {
        List<Object> parts = new ArrayList<>();
        switch (reader.kind()) {
            case OBJECT -> {
                parts.add("object");
                for (String name = reader.nextField(); name != null; name = reader.nextField()) {
                    parts.add(name);
                    parts.add(value());
                }
            }
            case ARRAY -> {
                parts.add("array");
                while (reader.nextElement()) {
                    parts.add(value());
                }
            }
            case STRING -> parts.add(reader.string());
            case NUMBER -> {
                return number(reader::number);
            }
            case BOOLEAN -> parts.add("word " + reader.bool());
            case NULL -> {
                reader.skip();
                parts.add("word null");
            }
        }
        return parts;
    }

    /** Where we are stricter on purpose: UTF-8, surrogates, long numbers; and where the other one lets "1 NUL" pass. */
    private static boolean isAcceptable(byte[] body, Object value) {
        for (byte b : body) {
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
        } catch (CharacterCodingException malformed) {
            return false;
        }
        return StandardCharsets.UTF_8.newEncoder().canEncode(value.toString())
                && longestNumber(body) <= JsonGuard.MAX_NUMBER;
    }

    private static int longestNumber(byte[] body) {
        int longest = 0;
        int length = 0;
        for (byte b : body) {
            length = b >= '0' && b <= '9' || b == '.' || b == '-' || b == '+' || b == 'e' || b == 'E' ? length + 1 : 0;
            longest = Math.max(longest, length);
        }
        return longest;
    }
}
