// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TaskCodecTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final String LETTERS = "ab/?&=%~.-_ éß漢😀";

    @Test
    void decode_everyFieldSet_givesTheSameTask() {
        RefreshTask task = full();
        assertThat(TaskCodec.decode(TaskCodec.encode(task))).isEqualTo(task);
    }

    @Test
    void encode_oneUrl_takesFewBytesMoreThanTheUrl() {
        byte[] bytes = TaskCodec.encode(RefreshTask.purge("https://www.example.com/a.css"));
        assertThat(bytes)
                .as("version, kind, fields, count, scheme, host, path")
                .hasSize(5 + 1 + "www.example.com".length() + 1 + "/a.css".length());
    }

    @Test
    void encode_targetsOfOneHost_writesTheHostOnce() {
        RefreshTask task = RefreshTask.purge("https://www.example.com/1", "http://www.example.com/2");
        assertThat(TaskCodec.encode(task)).hasSize(4 + 1 + 16 + 3 + 1 + 3);
        assertThat(TaskCodec.decode(TaskCodec.encode(task))).isEqualTo(task);
    }

    @Test
    void encode_labelsInAnotherOrder_givesTheSameBytes() {
        Map<String, String> forward = new LinkedHashMap<>();
        Map<String, String> backward = new LinkedHashMap<>();
        for (int i = 0; i < 16; i++) {
            forward.put("k" + i, "v" + i);
            backward.put("k" + (15 - i), "v" + (15 - i));
        }
        assertThat(TaskCodec.encode(labelled(forward))).isEqualTo(TaskCodec.encode(labelled(backward)));
    }

    @Test
    void decode_randomTasks_givesTheSameTasks() {
        Random random = new Random(SEED);
        for (int i = 0; i < 5_000; i++) {
            RefreshTask task = random(random);
            assertThat(TaskCodec.decode(TaskCodec.encode(task)))
                    .as("seed %d", SEED)
                    .isEqualTo(task);
        }
    }

    @Test
    void decode_everyPrefix_isRefused() {
        byte[] bytes = TaskCodec.encode(full());
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException().as("%d bytes", length).isThrownBy(() -> TaskCodec.decode(cut));
        }
    }

    @Test
    void decode_moreBytesThanATask_isRefused() {
        byte[] bytes = TaskCodec.encode(full());
        assertThatIllegalArgumentException().isThrownBy(() -> TaskCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)));
    }

    @Test
    void decode_otherVersion_isRefused() {
        byte[] bytes = TaskCodec.encode(full());
        bytes[0] = 2;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TaskCodec.decode(bytes))
                .withMessageContaining("version 2");
    }

    @Test
    void decode_hugeDeclaredSizes_areRefusedWithoutAllocation() {
        byte[] max = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07};
        for (int at = 3; at < 7; at++) {
            byte[] bytes = {1, 0, 0, 1, 1, 1, 'h', 1, '/', 0, 0, 0};
            System.arraycopy(max, 0, bytes, at, max.length);
            assertThatIllegalArgumentException().isThrownBy(() -> TaskCodec.decode(bytes));
        }
    }

    @Test
    void decode_overlongUtf8_isRefused() {
        byte[] bytes = {1, 0, 0, 1, 1, 1, 'h', 2, (byte) 0xc0, (byte) 0xaf};
        assertThatIllegalArgumentException().isThrownBy(() -> TaskCodec.decode(bytes));
    }

    @Test
    void decode_lineBreakInATarget_isRefused() {
        byte[] bytes = {1, 0, 0, 1, 1, 1, 'h', 2, '/', '\n'};
        assertThatIllegalArgumentException().isThrownBy(() -> TaskCodec.decode(bytes));
    }

    @Test
    void encode_whatNoProxyWouldTake_isRefused() {
        for (Target bad : List.of(
                new Target("ftp", "h", "/"), new Target("http", "h", "/\r\n"), new Target("http", "h", "/\ud800"))) {
            RefreshTask task = RefreshTask.of(TaskKind.URL, List.of(bad));
            assertThatIllegalArgumentException().isThrownBy(() -> TaskCodec.encode(task));
        }
    }

    @Test
    void decode_mutatedBytes_givesATaskOrRefuses() {
        Random random = new Random(SEED);
        int accepted = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = TaskCodec.encode(round % 2 == 0 ? full() : RefreshTask.purge("https://h.example/x"));
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                RefreshTask task = TaskCodec.decode(bytes);
                assertThat(TaskCodec.decode(TaskCodec.encode(task)))
                        .as("seed %d", SEED)
                        .isEqualTo(task);
                accepted++;
            } catch (IllegalArgumentException refused) {
                assertThat(refused).as("seed %d", SEED).hasMessageNotContainingAny("null");
            }
        }
        assertThat(accepted).as("seed %d", SEED).isPositive();
    }

    private static RefreshTask labelled(Map<String, String> labels) {
        return RefreshTask.purge("http://h/")
                .withOptions(TaskOptions.DEFAULTS.toBuilder().labels(labels).build());
    }

    private static RefreshTask full() {
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .mode(Mode.SOFT)
                .scope(new Scope(List.of("eu", "us"), List.of("edge"), List.of("d1"), List.of("d2", "d3")))
                .verify(Verify.SAMPLE)
                .query(QueryRule.IGNORE)
                .priority(Priority.BULK)
                .spread(Duration.ofSeconds(60))
                .after(new TaskId(Long.MAX_VALUE))
                .afterOn(AfterRule.FINAL)
                .notBefore(Instant.parse("2026-11-22T10:00:00.123456789Z"))
                .deadline(Duration.ofMillis(1_500))
                .callback("https://hooks.example/ü")
                .labels(Map.of("release", "42", "who", "日本"))
                .headers(List.of("Accept: text/html", "X-Y: z"))
                .build();
        return new RefreshTask(
                TaskKind.PRELOAD,
                List.of(
                        Target.url("https://www.example.com/a?b=c"),
                        Target.url("http://www.example.com/"),
                        Target.url("http://other.example:8080/x")),
                options,
                "tenant",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }

    private static RefreshTask random(Random random) {
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .mode(any(random, Mode.values()))
                .scope(
                        random.nextBoolean()
                                ? Scope.ALL
                                : new Scope(texts(random), texts(random), texts(random), texts(random)))
                .verify(any(random, Verify.values()))
                .query(any(random, QueryRule.values()))
                .priority(any(random, Priority.values()))
                .spread(Duration.ofNanos(random.nextLong(86_400_000_000_000L)))
                .afterOn(any(random, AfterRule.values()))
                .notBefore(Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)))
                .deadline(Duration.ofMillis(1_000 + random.nextInt(10_000)))
                .headers(texts(random))
                .build();
        TaskKind kind = any(random, TaskKind.values());
        List<Target> targets = new ArrayList<>();
        for (int i = kind == TaskKind.ALL ? 0 : 1 + random.nextInt(5); i > 0; i--) {
            targets.add(new Target(any(random, "", "http", "https"), "h" + random.nextInt(3), text(random)));
        }
        return new RefreshTask(kind, targets, options, text(random), text(random));
    }

    @SafeVarargs
    private static <E> E any(Random random, E... values) {
        return values[random.nextInt(values.length)];
    }

    private static List<String> texts(Random random) {
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.add(text(random));
        }
        return texts;
    }

    private static String text(Random random) {
        int[] points = LETTERS.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(200); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }
}
