// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The engine's answers, written and read (docs/protocol.md). Stateless. */
final class Answers {
    private static final List<String> NO_STORE = List.of("Cache-Control", "no-store");
    private static final String JSON = "application/json";

    private Answers() {}

    /** Who the engine is. */
    record Welcome(EngineEpoch engine, int heartbeatMillis) {
        static Welcome decode(byte[] body) {
            return JsonIn.read(body, in -> {
                long[] numbers = {0, 0, 5_000};
                in.object("body", name -> {
                    switch (name) {
                        case "engine" -> numbers[0] = in.number(name, 0, 1_023);
                        case "epoch" -> numbers[1] = in.number(name, 1, Integer.MAX_VALUE);
                        case "heartbeatMillis" -> numbers[2] = in.number(name, 10, 600_000);
                        default -> in.skip();
                    }
                });
                return new Welcome(new EngineEpoch((int) numbers[0], numbers[1]), (int) numbers[2]);
            });
        }
    }

    /**
     * What a poll brought.
     *
     * @param answer its number on the link
     * @param acknowledged all batches up to this one are durable
     * @param runs the commands
     * @param leave why the engine goes; null = it stays
     * @param standing what the engine says about the device; null = nothing
     */
    record Answer(
            long answer,
            long acknowledged,
            List<CommandRun> runs,
            @Nullable String leave,
            @Nullable Standing standing) {
        static Answer decode(byte[] body) {
            return JsonIn.read(body, in -> {
                long[] numbers = {0, 0, 1};
                @Nullable String[] leave = {null};
                Standing.@Nullable Word[] word = {null};
                Runs runs = new Runs();
                in.object("body", name -> {
                    switch (name) {
                        case "answer" -> numbers[0] = in.number(name, 1, Long.MAX_VALUE);
                        case "acknowledged" -> numbers[1] = in.number(name, 0, Long.MAX_VALUE);
                        case "leave" -> leave[0] = in.text(name);
                        case "standing" -> word[0] = Standing.Word.parse(in.text(name));
                        case "engines" -> numbers[2] = in.number(name, 1, 255);
                        case "commands" ->
                            in.array(name, Integer.MAX_VALUE, () -> CommandJson.read(in, runs::read, runs::unread));
                        default -> in.skip();
                    }
                });
                Standing standing = word[0] == null ? null : new Standing(word[0], (int) numbers[2]);
                return new Answer(numbers[0], numbers[1], runs.all(), leave[0], standing);
            });
        }
    }

    /** Puts commands of rising sequences without gaps into one run. */
    private static final class Runs {
        private final List<CommandRun> done = new ArrayList<>();
        private List<Command> open = new ArrayList<>();
        private long next;

        void read(long sequence, Command command) {
            if (sequence != next) {
                close();
            }
            open.add(command);
            next = sequence + 1;
        }

        void unread(CommandRun.Unread run) {
            close();
            done.add(run);
        }

        private void close() {
            if (!open.isEmpty()) {
                done.add(new CommandRun.Read(next - open.size(), List.copyOf(open)));
                open = new ArrayList<>();
            }
        }

        List<CommandRun> all() {
            close();
            return done;
        }
    }

    static ApiResponse welcome(EngineEpoch engine, Duration heartbeat) {
        JsonWriter json = new JsonWriter(96).beginObject();
        json.field("engine").value(engine.engine());
        json.field("epoch").value(engine.epoch());
        json.field("heartbeatMillis").value(heartbeat.toMillis());
        return new ApiResponse(200, JSON, NO_STORE, json.endObject().toArray());
    }

    /** An answer to a poll; {@code commands} holds the elements of the array. */
    static ApiResponse poll(EngineEpoch engine, Answer answer, List<byte[]> commands) {
        int size = 160;
        for (byte[] command : commands) {
            size += command.length + 1;
        }
        JsonWriter json = new JsonWriter(size).beginObject();
        json.field("engine").value(engine.engine());
        json.field("epoch").value(engine.epoch());
        json.field("answer").value(answer.answer());
        json.field("acknowledged").value(answer.acknowledged());
        if (answer.leave() != null) {
            json.field("leave").value(requireNonNull(answer.leave()));
        }
        Standing standing = answer.standing();
        if (standing != null) {
            json.field("standing").value(standing.word().wireName());
            json.field("engines").value(standing.engines());
        }
        json.field("commands").beginArray();
        boolean isFirst = true;
        for (byte[] command : commands) {
            json.raw(isFirst ? NOTHING : COMMA).raw(command);
            isFirst = false;
        }
        return new ApiResponse(200, JSON, NO_STORE, json.endArray().endObject().toArray());
    }

    private static final byte[] NOTHING = {};
    private static final byte[] COMMA = {','};

    /** An answer to a report. */
    static ApiResponse reported(int status, long acknowledged) {
        JsonWriter json = new JsonWriter(48).beginObject();
        json.field("acknowledged").value(acknowledged);
        return new ApiResponse(status, JSON, NO_STORE, json.endObject().toArray());
    }

    /** A refusal as RFC 9457 shows it. */
    static ApiResponse problem(int status, String code, String detail, @Nullable Duration retryAfter) {
        JsonWriter json = new JsonWriter(192).beginObject();
        json.field("type").value("urn:cdnrefresh:problem:" + code);
        json.field("title").value(title(code));
        json.field("status").value(status);
        json.field("detail").value(detail);
        json.field("errors").beginArray().endArray();
        List<String> headers = NO_STORE;
        if (retryAfter != null) {
            long seconds = Math.max(1, (retryAfter.toMillis() + 999) / 1_000);
            headers = List.of("Cache-Control", "no-store", "Retry-After", Long.toString(seconds));
            json.field("retryAfterMillis").value(retryAfter.toMillis());
        }
        return new ApiResponse(
                status, "application/problem+json", headers, json.endObject().toArray());
    }

    private static String title(String code) {
        return switch (code) {
            case "link-lost" -> "This link is not there any more";
            case "refused" -> "The engine does not take this proxy now";
            case "replaced" -> "Another poll of the same link took its place";
            case "other-epoch" -> "The cursor is of another life of the engine";
            case "unauthorized" -> "The token is missing or wrong";
            case "not-running" -> "This engine is not running";
            default -> "The request is not valid";
        };
    }

    /** How long a refused proxy should wait, as {@link #problem} says it. */
    static Duration retryAfter(byte[] body) {
        try {
            return JsonIn.read(body, in -> {
                long[] millis = {0};
                in.object("body", name -> {
                    if (name.equals("retryAfterMillis")) {
                        millis[0] = in.number(name, 0, 3_600_000L * 24);
                    } else {
                        in.skip();
                    }
                });
                return Duration.ofMillis(millis[0]);
            });
        } catch (IllegalArgumentException foreign) {
            return Duration.ZERO;
        }
    }
}
