// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of the commands of one frame. Thread-safe.
 *
 * <pre>
 * varint  sequence of the first command; the others follow it without gaps
 * varint  number of commands, 1 to 4,096, then each:
 *           varint  task id      octet  step
 *           bytes   body: signed deadline seconds, varint nanoseconds; list of rules; bytes of {@link TaskCodec};
 *                   unless it is empty, list of (varint task id, octet step): the commands that are done with this one
 *
 * rule    text host, text tenant, list groups, text key template, list variants, list schemes
 * bytes   varint length, then so many          list  varint number, then so many
 * </pre>
 *
 * <p>Id and step are outside the body, so that a version which cannot read a body still knows what it cannot do.
 */
public final class CommandCodec {
    /** The most commands of one frame. */
    public static final int MAX_COMMANDS = 4_096;

    private CommandCodec() {}

    /**
     * Encodes commands.
     *
     * @throws IllegalArgumentException if there are none or too many, or one has text that is not well-formed Unicode
     */
    public static byte[] encode(long firstSequence, List<Command> commands) {
        if (commands.isEmpty() || commands.size() > MAX_COMMANDS) {
            throw new IllegalArgumentException("commands: " + commands.size() + " (expected: 1.." + MAX_COMMANDS + ")");
        }
        int expected = 16;
        for (Command command : commands) {
            expected += 32 + TaskCodec.expectedBytes(command.task());
        }
        ByteWriter out = new ByteWriter(expected);
        out.varint(firstSequence);
        out.varint(commands.size());
        for (Command command : commands) {
            out.varint(command.id().value());
            out.octet(command.step());
            int body = out.open();
            writeBody(out, command);
            out.close(body);
        }
        return out.toByteArray();
    }

    private static void writeBody(ByteWriter out, Command command) {
        Times.write(out, command.deadline());
        out.varint(command.rules().size());
        for (HostRule rule : command.rules()) {
            out.text(rule.host());
            out.text(rule.tenant());
            Texts.write(out, rule.groups());
            out.text(rule.keyTemplate());
            Texts.write(out, rule.variants());
            Texts.write(out, rule.schemes());
        }
        int task = out.open();
        TaskCodec.write(out, command.task());
        out.close(task);
        if (command.also().isEmpty()) {
            return;
        }
        out.varint(command.also().size());
        for (Command.Name name : command.also()) {
            out.varint(name.id().value());
            out.octet(name.step());
        }
    }

    /**
     * Decodes commands. Memory and time are bounded by a small multiple of the bytes' length.
     *
     * @return all of them, in order
     * @throws IllegalArgumentException if the bytes are no list of commands; a body that cannot be read is an {@link
     *     CommandRun.Unread}
     */
    public static List<CommandRun> decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        long sequence = in.varint();
        int count = in.count(3);
        if (sequence < 0 || count == 0 || count > MAX_COMMANDS || sequence > Long.MAX_VALUE - count) {
            throw in.garbage("a sequence or number of commands out of range");
        }
        List<CommandRun> runs = new ArrayList<>(1);
        List<Command> read = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            TaskId id = new TaskId(in.varint());
            int step = in.octet();
            byte[] body = in.bytes();
            try {
                read.add(readBody(id, step, new ByteReader(body)));
            } catch (IllegalArgumentException newer) {
                addRun(runs, sequence + i, read);
                read = new ArrayList<>();
                String reason = "this proxy cannot read the command: " + newer.getMessage();
                runs.add(new CommandRun.Unread(sequence + i, new UnreadCommand(id, step, reason)));
            }
        }
        in.requireEnd();
        addRun(runs, sequence + count, read);
        return runs;
    }

    private static void addRun(List<CommandRun> runs, long nextSequence, List<Command> read) {
        if (!read.isEmpty()) {
            runs.add(new CommandRun.Read(nextSequence - read.size(), List.copyOf(read)));
        }
    }

    private static Command readBody(TaskId id, int step, ByteReader in) {
        Instant deadline = Times.read(in);
        int count = in.count(6);
        List<HostRule> rules = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rules.add(new HostRule(in.text(), in.text(), Texts.read(in), in.text(), Texts.read(in), Texts.read(in)));
        }
        RefreshTask task = TaskCodec.decode(in.bytes());
        int merged = in.remaining() == 0 ? 0 : in.count(2);
        List<Command.Name> also = new ArrayList<>(merged);
        for (int i = 0; i < merged; i++) {
            also.add(new Command.Name(new TaskId(in.varint()), in.octet()));
        }
        in.requireEnd();
        return new Command(id, step, task, deadline, rules, also);
    }
}
