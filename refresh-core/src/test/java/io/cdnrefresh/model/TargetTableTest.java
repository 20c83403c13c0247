// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of the two tables in docs/targets.md, which are the ones that people read. */
class TargetTableTest {
    private static final Pattern CHARACTER = Pattern.compile("\\\\u([0-9a-f]{4})");

    private static List<List<String>> rows(int columns) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("../docs/targets.md"))) {
            return lines.filter(line -> line.startsWith("| `"))
                    .map(line -> Arrays.stream(
                                    line.substring(1, line.length() - 1).split("\\|", -1))
                            .map(TargetTableTest::cell)
                            .toList())
                    .filter(row -> row.size() == columns)
                    .toList();
        }
    }

    private static String cell(String text) {
        String plain = text.strip();
        String shown = plain.substring(1, plain.length() - 1);
        Matcher matcher = CHARACTER.matcher(shown);
        return matcher.replaceAll(
                match -> Matcher.quoteReplacement(Character.toString((char) Integer.parseInt(match.group(1), 16))));
    }

    static Stream<Arguments> read() throws IOException {
        return rows(3).stream().map(row -> Arguments.of(row.toArray()));
    }

    static Stream<Arguments> refused() throws IOException {
        return rows(2).stream().map(row -> Arguments.of(row.toArray()));
    }

    @ParameterizedTest
    @MethodSource("read")
    void url_asWritten_hasItsIdentityAndItsWire(String written, String identity, String wire) {
        Target target = Target.url(written);
        assertThat(target.identity()).isEqualTo(identity);
        assertThat(target.wire()).isEqualTo(wire);
        assertThat(Target.url(identity).identity()).as("identity is its own").isEqualTo(identity);
        assertThat(Target.url(wire).wire()).as("wire is its own").isEqualTo(wire);
        TargetList.Builder batch = new TargetList.Builder(1, 64);
        batch.url(written);
        assertThat(batch.build().get(0)).as("in a batch").isEqualTo(target);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void url_asWritten_isRefusedWithItsCode(String written, String code) {
        InvalidTargetException refusal = catchThrowableOfType(InvalidTargetException.class, () -> Target.url(written));
        assertThat(refusal).as(written).isNotNull();
        assertThat(refusal.code()).isEqualTo(code);
        TargetList.Builder batch = new TargetList.Builder(1, 64);
        assertThat(catchThrowableOfType(InvalidTargetException.class, () -> batch.url(written))
                        .code())
                .as("in a batch")
                .isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(ints = {8_193, 100_000})
    void url_tooLong_isRefused(int length) {
        String url = "https://a.example/" + "x".repeat(length - 18);
        assertThat(catchThrowableOfType(InvalidTargetException.class, () -> Target.url(url))
                        .code())
                .isEqualTo("too-long");
    }
}
