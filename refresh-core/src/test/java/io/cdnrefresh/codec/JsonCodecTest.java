// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1} x|8",
                "{a:1}|1",
                "[1,]|3",
                "{\"a\":1,}|7",
                "[01]|2",
                "[1.]|3",
                "[.5]|1",
                "[1e]|3",
                "[+1]|1",
                "[--1]|2",
                "tru|0",
                "txue|0",
                "nul|0",
                "fals|4",
                "NaN|0",
                "[1|2",
                "{\"a\"|4",
                "{\"a\":|5",
                "\"a|2",
                "\"\\x\"|1",
                "\"\\u12\"|1",
                "\"\\ud800\"|1",
                "\"\\udc00\"|1",
                "\"\\ud800\\u0041\"|1",
                "[}|1",
                "[1 2]|3",
                "{\"a\" 1}|5",
                "[1]]|3",
                "{}{}|2",
                "''|0",
                "/**/1|0",
                "t|0",
                "txyz|0",
                "nope|0",
                "{\"x\":[}{]}|6",
                "[-12\"\"f]|4",
                "{\"x\":junk,\"a\":1}|5",
                "[1e5 2]|5",
                "{\"a\":1}x|7"
            })
    void check_malformed_givesPositionOfFault(String text, int position) {
        assertThat(JsonGuard.check(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(position);
    }

    /** What the parser behind the guard has no table for. */
    @ParameterizedTest
    @ValueSource(ints = {0, 0x1f, 0x7f, 0x80, 0xc3, 0xff})
    void check_byteThatBeginsNothing_isRefusedWhereAValueStands(int octet) {
        byte[] value = bytes("[1, ?]");
        value[4] = (byte) octet;
        assertThat(JsonGuard.check(value)).isEqualTo(4);
        byte[] after = bytes("{}?");
        after[2] = (byte) octet;
        assertThat(JsonGuard.check(after)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c080",
                "c0af",
                "e08080",
                "eda080",
                "f0808080",
                "f4908080",
                "ff",
                "80",
                "c3",
                "e282",
                "f09f98",
                "00",
                "0a",
                "1f"
            })
    void check_stringWithBadBytes_isRefused(String hex) {
        assertThat(JsonGuard.check(quoted(hex))).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"c3a9", "e282ac", "f09f9880", "f48fbfbf", "ed9fbf", "ee8080", "7f"})
    void check_stringWithSoundBytes_isAccepted(String hex) {
        assertThat(JsonGuard.check(quoted(hex))).isEqualTo(JsonGuard.SOUND);
    }

    @Test
    void check_bounds_areExact() {
        assertThat(JsonGuard.check(bytes("[".repeat(64) + "]".repeat(64)))).isEqualTo(JsonGuard.SOUND);
        assertThat(JsonGuard.check(bytes("[".repeat(65) + "]".repeat(65)))).isEqualTo(64);
        assertThat(JsonGuard.check(bytes("{\"a\":".repeat(64) + "1" + "}".repeat(64))))
                .isEqualTo(JsonGuard.SOUND);
        assertThat(JsonGuard.check(bytes("1".repeat(64)))).isEqualTo(JsonGuard.SOUND);
        assertThat(JsonGuard.check(bytes("1".repeat(65)))).isZero();
        assertThat(JsonGuard.check(new byte[0])).isZero();
        assertThat(JsonGuard.check(bytes("\ufeff1"))).isZero();
        assertThat(JsonGuard.check(bytes("[".repeat(1_000_000)))).isEqualTo(64);
    }

    @Test
    void read_wrongKind_throwsWithoutTheText() {
        JsonReader reader = new JsonReader();
        reader.open(bytes("{\"secret\":1}"));
        assertThatThrownBy(reader::string).hasNoCause().message().doesNotContain("secret");
    }

    @Test
    void number_large_isExactAndCheap() {
        JsonReader reader = new JsonReader();
        reader.open(bytes("[1e999999999,9223372036854775807,1.50]"));
        reader.nextElement();
        assertThatThrownBy(() -> reader.number().longValueExact()).isInstanceOf(ArithmeticException.class);
        reader.nextElement();
        assertThat(reader.number().longValueExact()).isEqualTo(Long.MAX_VALUE);
        reader.nextElement();
        assertThat(reader.number()).isEqualByComparingTo("1.5");
        assertThat(reader.nextElement()).isFalse();
    }

    @Test
    void write_everyKind_isExact() {
        JsonWriter writer = new JsonWriter(0);
        writer.beginObject().field("a\"\\").value("\b\t\n\f\r\u0001\u007f\u00e9\u20ac\ud83d\ude00\ud800x/");
        writer.field("n")
                .beginArray()
                .value(0)
                .value(-7)
                .value(10)
                .value(Long.MIN_VALUE)
                .value(Long.MAX_VALUE);
        writer.value(1 / 3.0).value(Double.NaN).value(1e21).endArray();
        writer.field("e")
                .beginObject()
                .endObject()
                .field("b")
                .value(true)
                .field("z")
                .nullValue()
                .endObject();

        assertThat(new String(writer.toArray(), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\\\"\\\\\":\"\\b\\t\\n\\f\\r\\u0001\\u007f\u00e9\u20ac\ud83d\ude00\ufffdx/\","
                        + "\"n\":[0,-7,10,-9223372036854775808,9223372036854775807,0.3333333333333333,null,1.0E21],"
                        + "\"e\":{},\"b\":true,\"z\":null}");
        assertThat(JsonGuard.check(writer.toArray())).isEqualTo(JsonGuard.SOUND);
    }

    private static byte[] quoted(String hex) {
        byte[] text = new byte[hex.length() / 2 + 2];
        text[0] = '"';
        for (int i = 0; i < hex.length(); i += 2) {
            text[1 + i / 2] = (byte) Integer.parseInt(hex.substring(i, i + 2), 16);
        }
        text[text.length - 1] = '"';
        return text;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
