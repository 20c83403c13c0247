// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    private static final long SEED = Long.getLong("refresh.seed", 20_261_122);
    private static final int MUTATIONS = 100_000;

    private static final Instant AT = Instant.parse("2026-11-22T12:00:00.123456789Z");
    private static final HostRule RULE = new HostRule(
            "*.example.com", "shop", List.of("eu", "us"), "{scheme}{path}", List.of("Accept-Encoding: br"), List.of());
    private static final List<Command> COMMANDS = List.of(
            new Command(new TaskId(5), 0, RefreshTask.purge("http://a.example.com/ü?b=c"), AT, List.of(RULE)),
            new Command(new TaskId(Long.MAX_VALUE), 255, RefreshTask.preload("https://b.example.com/"), AT, List.of()),
            new Command(new TaskId(6), 1, RefreshTask.purgePrefix("http://a.example.com/x/"), AT, List.of()));
    private static final List<Report> REPORTS = List.of(
            new Report(new TaskId(5), 0, 77, true, Outcome.VERIFIED, List.of(), AT),
            new Report(
                    new TaskId(6),
                    3,
                    Long.MAX_VALUE,
                    false,
                    Outcome.PURGED,
                    List.of(new TargetResult(0, Outcome.FAILED, "ä"), new TargetResult(9, Outcome.DENIED, "")),
                    Instant.EPOCH));
    private static final Hello HELLO = new Hello(
            "edge-1",
            "boot",
            "eu",
            "edge",
            "1.0",
            12,
            List.of(new Range(14, 14), new Range(16, 1L << 50)),
            EnumSet.of(TaskKind.URL, TaskKind.TAG),
            AT);
    private static final ProxyHealth HEALTH = new ProxyHealth(AT, 1, 2_000_000_000, 0, true);

    @Test
    void commands_roundTrip_isEqual() {
        assertThat(CommandCodec.decode(CommandCodec.encode(1L << 40, COMMANDS)))
                .containsExactly(new CommandRun.Read(1L << 40, COMMANDS));
    }

    @Test
    void reports_roundTrip_isEqual() {
        assertThat(ReportCodec.decode(ReportCodec.encode(REPORTS))).isEqualTo(REPORTS);
    }

    @Test
    void reports_reasonCutInsideAPair_isStillText() {
        Report cut = new Report(
                new TaskId(1), 0, 1, true, Outcome.FAILED, List.of(new TargetResult(0, Outcome.FAILED, "x\ud83d")), AT);
        Report read = ReportCodec.decode(ReportCodec.encode(List.of(cut))).get(0);
        assertThat(read.exceptions().get(0).reason()).isEqualTo("x\ufffd");
    }

    @Test
    void hello_roundTrip_isEqual() {
        assertThat(HelloCodec.decode(HelloCodec.encode(HELLO))).isEqualTo(HELLO);
    }

    @Test
    void hello_withMoreBehindIt_isRead() {
        byte[] bytes = HelloCodec.encode(HELLO);
        assertThat(HelloCodec.decode(Arrays.copyOf(bytes, bytes.length + 9))).isEqualTo(HELLO);
    }

    @Test
    void health_roundTrip_isEqual() {
        assertThat(HealthCodec.decode(HealthCodec.encode(HEALTH))).isEqualTo(HEALTH);
        ProxyHealth sick = new ProxyHealth(AT, 0, 0, 2, false, 1);
        assertThat(HealthCodec.decode(HealthCodec.encode(sick))).isEqualTo(sick);
    }

    @Test
    void commands_oneOfAnUnknownKind_isHandedOverInPlace() {
        byte[] bytes = CommandCodec.encode(7, COMMANDS);
        byte[] second = TaskCodec.encode(COMMANDS.get(1).task());
        int at = indexOf(bytes, second);
        bytes[at + 1] = 99;
        List<CommandRun> runs = CommandCodec.decode(bytes);
        assertThat(runs).hasSize(3);
        assertThat(runs.get(0)).isEqualTo(new CommandRun.Read(7, COMMANDS.subList(0, 1)));
        assertThat(runs.get(1)).isInstanceOfSatisfying(CommandRun.Unread.class, unread -> {
            assertThat(unread.sequence()).isEqualTo(8);
            UnreadCommand command = unread.command();
            assertThat(command.id()).isEqualTo(COMMANDS.get(1).id());
            assertThat(command.step()).isEqualTo(255);
            assertThat(command.reason()).contains("99");
        });
        assertThat(runs.get(2)).isEqualTo(new CommandRun.Read(9, COMMANDS.subList(2, 3)));
    }

    @Test
    void encode_noneOrTooMany_isRejected() {
        assertThatThrownBy(() -> CommandCodec.encode(1, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ReportCodec.encode(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void decode_everyPrefix_isRejectedOrRead() {
        for (byte[] whole : List.of(CommandCodec.encode(7, COMMANDS), ReportCodec.encode(REPORTS))) {
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                Consumer<byte[]> decoder = whole[0] == 7 ? CommandCodec::decode : ReportCodec::decode;
                assertThatThrownBy(() -> decoder.accept(part)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void decode_mutated_isReadOrIllegalArgument() {
        SplittableRandom random = new SplittableRandom(SEED);
        mutate(random, CommandCodec.encode(7, COMMANDS), CommandCodec::decode);
        mutate(random, ReportCodec.encode(REPORTS), ReportCodec::decode);
        mutate(random, HelloCodec.encode(HELLO), HelloCodec::decode);
        mutate(random, HealthCodec.encode(HEALTH), HealthCodec::decode);
    }

    private static void mutate(SplittableRandom random, byte[] original, Consumer<byte[]> decoder) {
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = Arrays.copyOf(original, random.nextInt(original.length + 8));
            for (int n = random.nextInt(6); n > 0 && bytes.length > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
            }
            try {
                decoder.accept(bytes);
            } catch (IllegalArgumentException expected) {
                assertThat(expected.getMessage()).hasSizeLessThan(2_000);
            } catch (RuntimeException other) {
                throw new AssertionError("seed " + SEED + ": " + Arrays.toString(bytes), other);
            }
        }
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }
}
