// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a poll request (docs/protocol.md). Immutable.
 *
 * @param hello who asks, and what it has reported
 * @param link names its connection
 * @param answer number of the last answer on this link that it has; −1 = it does not count, its cursor says what it has
 * @param epoch the epoch that the cursor is of; 0 = it does not say
 * @param maxWait how long the engine may keep it waiting
 * @param health how the proxy is; null = it does not say
 */
record PollRequest(
        Hello hello,
        String link,
        long answer,
        long epoch,
        Duration maxWait,
        @Nullable ProxyHealth health) {
    static final int MAX_TEXT = 256;
    static final Duration LONGEST_WAIT = Duration.ofSeconds(55);
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(25);

    byte[] encode() {
        JsonWriter json = new JsonWriter(512).beginObject();
        json.field("device").value(hello.device());
        json.field("bootId").value(hello.bootId());
        json.field("link").value(link);
        json.field("answer").value(answer);
        json.field("epoch").value(epoch);
        json.field("maxWait").value(maxWait.toMillis() + "ms");
        if (answer == 0) {
            json.field("group").value(hello.group());
            json.field("tier").value(hello.tier());
            json.field("version").value(hello.version());
            json.field("cursor").value(hello.cursor());
            json.field("reported").beginArray();
            hello.reported().stream()
                    .limit(HelloCodec.MAX_RANGES)
                    .forEach(range -> json.beginArray()
                            .value(range.first())
                            .value(range.last())
                            .endArray());
            json.endArray().field("abilities").beginArray();
            hello.abilities().stream().sorted().forEach(kind -> json.value(kind.wireName()));
            json.endArray();
        }
        json.field("now").value(hello.now().toString());
        if (health != null) {
            writeHealth(json, health);
        }
        return json.endObject().toArray();
    }

    static void writeHealth(JsonWriter json, ProxyHealth health) {
        json.field("health").beginObject();
        json.field("now").value(health.now().toString());
        json.field("queued").value(health.queued());
        json.field("inFlight").value(health.inFlight());
        json.field("cachesDown").value(health.cachesDown());
        json.field("ready").value(health.isReady());
        json.field("needsWipe").value(health.needsWipe());
        json.endObject();
    }

    /**
     * Reads a body.
     *
     * @param now stands for times that are not given
     * @throws IllegalArgumentException naming the field that is wrong
     */
    static PollRequest decode(byte[] body, Instant now) {
        return JsonIn.read(body, in -> {
            Fields fields = new Fields(in, now);
            in.object("body", fields::read);
            return fields.request();
        });
    }

    static ProxyHealth readHealth(JsonIn in, Instant now) {
        int[] numbers = new int[4];
        boolean[] isReady = {true};
        Instant[] at = {now};
        in.object("health", name -> {
            switch (name) {
                case "now" -> at[0] = in.time(name);
                case "queued" -> numbers[0] = (int) in.number(name, 0, Integer.MAX_VALUE);
                case "inFlight" -> numbers[1] = (int) in.number(name, 0, Integer.MAX_VALUE);
                case "cachesDown" -> numbers[2] = (int) in.number(name, 0, Integer.MAX_VALUE);
                case "needsWipe" -> numbers[3] = (int) in.number(name, 0, Integer.MAX_VALUE);
                case "ready" -> isReady[0] = in.flag(name);
                default -> in.skip();
            }
        });
        return new ProxyHealth(at[0], numbers[0], numbers[1], numbers[2], isReady[0], numbers[3]);
    }

    private static final class Fields {
        private final JsonIn in;
        private final Instant received;
        private String device = "";
        private String bootId = "";
        private String link = "";
        private String group = "default";
        private String tier = Device.EDGE;
        private String version = "";
        private long answer = -1;
        private long cursor;
        private long epoch;
        private Duration maxWait = DEFAULT_WAIT;
        private final List<Range> reported = new ArrayList<>();
        private Set<TaskKind> abilities = EnumSet.of(TaskKind.URL);
        private Instant now;
        private @Nullable ProxyHealth health;

        Fields(JsonIn in, Instant now) {
            this.in = in;
            this.now = now;
            received = now;
        }

        void read(String name) {
            switch (name) {
                case "device" -> device = in.text(name, MAX_TEXT);
                case "bootId" -> bootId = in.text(name, MAX_TEXT);
                case "link" -> link = in.text(name, MAX_TEXT);
                case "group" -> group = in.text(name, MAX_TEXT);
                case "tier" -> tier = in.text(name, MAX_TEXT);
                case "version" -> version = in.text(name, MAX_TEXT);
                case "answer" -> answer = in.number(name, 0, Long.MAX_VALUE);
                case "cursor" -> cursor = in.number(name, 0, Long.MAX_VALUE);
                case "epoch" -> epoch = in.number(name, 0, Integer.MAX_VALUE);
                case "maxWait" -> maxWait = waitTime(in.text(name));
                case "reported" -> in.array(name, HelloCodec.MAX_RANGES, () -> reported.add(readRange()));
                case "abilities" -> abilities = kinds(in.texts(name, 64));
                case "now" -> now = in.time(name);
                case "health" -> health = readHealth(in, received);
                default -> in.skip();
            }
        }

        private Range readRange() {
            List<Long> ends = new ArrayList<>(2);
            in.array("reported", 2, () -> ends.add(in.number("reported", 0, Long.MAX_VALUE)));
            if (ends.size() != 2) {
                throw new IllegalArgumentException("reported: " + ends + " (expected: pairs of first and last)");
            }
            return new Range(ends.get(0), ends.get(1));
        }

        PollRequest request() {
            Device.requireName("device", device);
            if (bootId.isEmpty()) {
                throw new IllegalArgumentException("bootId: missing (expected: a name for this life of the proxy)");
            }
            Hello hello = new Hello(device, bootId, group, tier, version, cursor, reported, abilities, now);
            return new PollRequest(hello, link.isEmpty() ? bootId : link, answer, epoch, maxWait, health);
        }
    }

    private static Duration waitTime(String text) {
        String digits = text.replaceFirst("(ms|s)$", "");
        if (digits.equals(text) || !digits.matches("[0-9]{1,6}")) {
            throw new IllegalArgumentException("maxWait: " + text + " (expected: as 25s or 500ms)");
        }
        long number = Long.parseLong(digits);
        Duration wait = text.endsWith("ms") ? Duration.ofMillis(number) : Duration.ofSeconds(number);
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }

    /** Those that are known here; nothing of another kind is sent to it. */
    private static Set<TaskKind> kinds(List<String> names) {
        Set<TaskKind> known = EnumSet.noneOf(TaskKind.class);
        for (TaskKind kind : TaskKind.values()) {
            if (names.contains(kind.wireName())) {
                known.add(kind);
            }
        }
        return known;
    }
}
