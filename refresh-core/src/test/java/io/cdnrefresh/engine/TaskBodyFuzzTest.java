// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.ApiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Mutated submissions against what a strict parser reads of them: a task that is taken has the very targets, labels and
 * words that stand in the body, and what the strict parser refuses is refused. Prints its seed; {@code -Drefresh.seed=}
 * replays, {@code -Drefresh.fuzz=} sets the number of bodies.
 */
class TaskBodyFuzzTest {
    private static final String[] SEEDS = {
        "{\"type\":\"url\",\"targets\":[\"https://www.example.com/a.css\",\"http://a.b/x?y=%41\"],\"partial\":false}",
        "{\"targets\":[\"https://a.b/\\u0061\\/c\",\"https://a.b/\u00e4\"],\"labels\":{\"release\":\"42\",\"k\":\"v\"}}",
        "{ \"type\" : \"preload\" , \"targets\" : [ \"https://a.b/\" ] , \"headers\" : [ \"Accept: x\" ] }",
        "{\"type\":\"prefix\",\"targets\":[\"a.b/c/\",\"https://a.b/\"],\"mode\":\"soft\",\"priority\":\"bulk\"}",
        "{\"type\":\"host\",\"targets\":[\"*.a.b\",\"c.d\"],\"verify\":\"none\",\"scope\":{\"groups\":[\"eu\"]}}",
        "{\"type\":\"tag\",\"targets\":[\"t1\",\"t2\"],\"hosts\":[\"a.b\"],\"deadline\":\"5m\",\"spread\":\"10s\"}",
    };
    private static final String SPICE = "{}[]\",:\\-.eE09tfn /u\n\u0000\u007f\u00e4";

    private final RestBench bench = new RestBench();
    private final JsonFactory strict = JsonFactory.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Test
    void submit_mutatedBodies_takesOnlyWhatStandsInThem() {
        long seed = Long.getLong("refresh.seed", 1);
        int bodies = Integer.getInteger("refresh.fuzz", 30_000);
        Random random = new Random(seed);
        bench.operations.give(new SubmitResult.Accepted(new TaskId(7), 1, true, null));
        int taken = 0;
        for (int i = 0; i < bodies; i++) {
            byte[] body = mutated(random, SEEDS[random.nextInt(SEEDS.length)]);
            bench.operations.asked.clear();
            ApiResponse answer = bench.call("POST", "/v1/engine/task", body);
            String what = "seed " + seed + " body " + i + " " + new String(body, StandardCharsets.UTF_8);
            assertThat(answer.status()).as(what).isIn(202, 400);
            if (answer.status() == 202) {
                taken++;
                Map<String, Object> fields = requireNonNull(fields(body), what);
                assertThat(TaskBody.FIELDS).as(what).containsAll(fields.keySet());
                requireSame(what, bench.operations.task(), fields);
            } else {
                assertThat(bench.operations.asked).as(what).isEmpty();
            }
        }
        assertThat(taken).as("taken, seed " + seed).isBetween(bodies / 50, bodies - bodies / 50);
    }

    private static void requireSame(String what, RefreshTask task, Map<String, Object> fields) {
        assertThat(task.kind().wireName()).as(what).isEqualTo(fields.getOrDefault("type", "url"));
        assertThat(task.options().labels()).as(what).isEqualTo(fields.getOrDefault("labels", Map.of()));
        if (fields.containsKey("mode")) {
            assertThat(task.options().mode().name()).as(what).isEqualToIgnoringCase((String) fields.get("mode"));
        }
        if (fields.containsKey("priority")) {
            assertThat(task.options().priority().name()).as(what).isEqualToIgnoringCase((String)
                    fields.get("priority"));
        }
        List<?> texts = (List<?>) fields.getOrDefault("targets", List.of());
        List<Target> targets = new ArrayList<>();
        for (Object text : texts) {
            Target target = target(task.kind(), (String) text, fields);
            if (target != null) {
                targets.add(target);
            }
        }
        boolean isPartial = Boolean.TRUE.equals(fields.get("partial"));
        assertThat(targets).as(what).hasSizeBetween(isPartial ? 1 : texts.size(), texts.size());
        assertThat(task.targets()).as(what).isEqualTo(targets);
    }

    private static @Nullable Target target(TaskKind kind, String text, Map<String, Object> fields) {
        try {
            return switch (kind) {
                case URL, PRELOAD -> Target.url(text);
                case PREFIX -> Target.prefix(text);
                case HOST -> Target.host(text);
                case TAG -> Target.tag((String) ((List<?>) fields.getOrDefault("hosts", List.of())).get(0), text);
                default -> throw new AssertionError(kind);
            };
        } catch (InvalidTargetException refused) {
            return null;
        }
    }

    /** The body's fields as the strict parser reads them; null if it refuses. */
    private @Nullable Map<String, Object> fields(byte[] body) {
        try (JsonParser parser = strict.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            Map<String, Object> fields = object(parser);
            return parser.nextToken() == null ? fields : null;
        } catch (IOException refused) {
            return null;
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            fields.put(name, value(parser));
        }
        return fields;
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
                yield elements;
            }
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> parser.getText();
        };
    }

    private static byte[] mutated(Random random, String seed) {
        StringBuilder body = new StringBuilder(seed);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(body.length());
            int end = Math.min(body.length(), at + 1 + random.nextInt(6));
            char spice = SPICE.charAt(random.nextInt(SPICE.length()));
            switch (random.nextInt(5)) {
                case 0 -> body.setCharAt(at, spice);
                case 1 -> body.insert(at, spice);
                case 2 -> body.delete(at, end);
                case 3 -> body.insert(at, body.substring(at, end));
                default -> body.setCharAt(at, (char) (' ' + random.nextInt(95)));
            }
            if (body.length() == 0) {
                body.append(spice);
            }
        }
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(8) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
