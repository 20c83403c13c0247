// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes that the first version wrote into stores and onto wires: every later version reads them, and says the same of
 * them. The lines of {@code golden-v1.txt} are never changed; a new form gets new lines beside them.
 */
class GoldenBytesTest {
    private static final Instant AT = Instant.parse("2026-11-22T12:00:00.123456789Z");

    private record Golden<T>(String name, T value, Function<T, byte[]> encoder, Function<byte[], T> decoder) {
        byte[] encode() {
            return encoder.apply(value);
        }

        T decode(byte[] bytes) {
            return decoder.apply(bytes);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Golden<?>> samples() {
        Target url = Target.url("https://www.example.com/a?b=c");
        TaskOptions all = TaskOptions.DEFAULTS.toBuilder()
                .mode(Mode.SOFT)
                .scope(new Scope(List.of("eu", "us"), List.of("edge"), List.of("d1"), List.of("d2", "d3")))
                .verify(Verify.SAMPLE)
                .query(QueryRule.IGNORE)
                .priority(Priority.BULK)
                .spread(Duration.ofSeconds(60))
                .after(new TaskId(Long.MAX_VALUE))
                .afterOn(AfterRule.FINAL)
                .notBefore(AT)
                .deadline(Duration.ofMillis(1_500))
                .callback("https://hooks.example/\u00fc")
                .labels(Map.of("release", "42", "who", "\u65e5\u672c"))
                .headers(List.of("Accept: text/html", "X-Y: z"))
                .build();
        List<Target> targets = List.of(
                url, Target.url("http://www.example.com/"), new Target("", "other.example:8080", "x\ud83d\ude00"));
        RefreshTask task = new RefreshTask(TaskKind.PRELOAD, targets, all, "tenant", "00-0af7-b7ad-01");
        HostRule rule = new HostRule(
                "*.example.com",
                "shop",
                List.of("eu", "us"),
                "{scheme}{path}",
                List.of("Accept-Encoding: br"),
                List.of());
        List<Command> commands = List.of(
                new Command(new TaskId(5), 0, RefreshTask.purge("http://a.example.com/b"), AT, List.of(rule)),
                new Command(new TaskId(Long.MAX_VALUE), 255, task, Instant.EPOCH, List.of()));
        List<Report> reports = List.of(
                new Report(new TaskId(5), 0, 77, true, Outcome.VERIFIED, List.of(), AT),
                new Report(
                        new TaskId(6),
                        3,
                        Long.MAX_VALUE,
                        false,
                        Outcome.PURGED,
                        List.of(new TargetResult(0, Outcome.FAILED, "\u00e4"), new TargetResult(9, Outcome.DENIED, "")),
                        Instant.ofEpochSecond(-1)));
        Hello hello = new Hello(
                "edge-1",
                "boot",
                "eu",
                "edge",
                "1.0",
                12,
                List.of(new Range(14, 14), new Range(16, 1L << 50)),
                EnumSet.of(TaskKind.URL, TaskKind.TAG),
                AT);
        return Stream.of(
                new Golden<>("task", task, TaskCodec::encode, TaskCodec::decode),
                new Golden<>("commands", commands, c -> CommandCodec.encode(1L << 40, c), GoldenBytesTest::commands),
                new Golden<>("reports", reports, ReportCodec::encode, ReportCodec::decode),
                new Golden<>("hello", hello, HelloCodec::encode, HelloCodec::decode),
                new Golden<>(
                        "health",
                        new ProxyHealth(AT, 1, 2_000_000_000, 0, true),
                        HealthCodec::encode,
                        HealthCodec::decode),
                new Golden<>("devices", DeviceSet.of(0, 1, 2, 77, 200, 201), DeviceSet::toBytes, DeviceSet::fromBytes));
    }

    /** The samples as bytes, by name. */
    static Map<String, byte[]> encoded() {
        return samples().collect(Collectors.toMap(Golden::name, Golden::encode));
    }

    private static List<Command> commands(byte[] bytes) {
        return CommandCodec.decode(bytes).stream()
                .flatMap(run -> ((CommandRun.Read) run).commands().stream())
                .toList();
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream file = requireNonNull(GoldenBytesTest.class.getResourceAsStream("golden-v1.txt"))) {
            String text = new String(file.readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines()
                    .filter(line -> line.startsWith(name + " "))
                    .map(line -> HexFormat.of().parseHex(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void decode_bytesOfTheFirstVersion_givesWhatWasMeant(Golden<?> sample) throws IOException {
        assertThat((Object) sample.decode(golden(sample.name))).isEqualTo(sample.value);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void encode_sample_writesTheSameBytes(Golden<?> sample) throws IOException {
        assertThat(HexFormat.of().formatHex(sample.encode()))
                .as("a change of format needs a new version octet, and the old bytes stay readable")
                .isEqualTo(HexFormat.of().formatHex(golden(sample.name)));
    }

    @Test
    void wireCodes_ofEveryConstant_areTheirFirstOnes() {
        assertThat(Stream.of(TaskKind.values()).map(Enum::name))
                .startsWith("URL", "PREFIX", "REGEX", "TAG", "HOST", "ALL", "PRELOAD");
        assertThat(Stream.of(Mode.values()).map(Enum::name)).startsWith("HARD", "SOFT");
        assertThat(Stream.of(Verify.values()).map(Enum::name)).startsWith("NONE", "SAMPLE", "ALL");
        assertThat(Stream.of(QueryRule.values()).map(Enum::name)).startsWith("EXACT", "IGNORE");
        assertThat(Stream.of(Priority.values()).map(Enum::name)).startsWith("URGENT", "NORMAL", "BULK");
        assertThat(Stream.of(AfterRule.values()).map(Enum::name)).startsWith("DONE", "FINAL");
    }
}
