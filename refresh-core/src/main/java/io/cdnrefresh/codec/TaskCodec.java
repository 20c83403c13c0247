// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Placement;
import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RedirectRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The compact binary form of a {@link RefreshTask}, for rows and frames. Thread-safe, deterministic: equal tasks have
 * equal bytes.
 *
 * <pre>
 * octet    version, 1
 * octet    kind, as its place in {@link TaskKind}
 * varint   which of the fields from "mode" on follow: bit 0 = mode, bit 1 = scope ...; absent = its default
 * varint   number of targets, then each:
 *            as {@link TargetList} packs it, with UTF-8 for what is not ASCII
 * octet    mode          4 lists  scope: groups, tiers, devices, exclude       octet   verify
 * octet    query         octet    priority                                     varint  spread, nanoseconds
 * varint   after         octet    afterOn                                      signed  notBefore, seconds; varint nanoseconds
 * varint   deadline, ns  text     callback                                     list    labels: key and value by turns
 * list     headers
 * preload: 2 lists  variants, ranges          varint  depth        list  hosts    octet  redirects    octet  placement    varint  rate
 * text     tenant                             text    trace
 *
 * varint   unsigned LEB128 in its shortest form; signed = zigzag varint
 * text     varint bytes, UTF-8          list     varint number of texts, texts
 * </pre>
 */
public final class TaskCodec {
    private static final int VERSION = 1;
    private static final TaskKind[] KINDS = TaskKind.values();

    private static final int MODE = 1;
    private static final int SCOPE = 1 << 1;
    private static final int VERIFY = 1 << 2;
    private static final int QUERY = 1 << 3;
    private static final int PRIORITY = 1 << 4;
    private static final int SPREAD = 1 << 5;
    private static final int AFTER = 1 << 6;
    private static final int AFTER_ON = 1 << 7;
    private static final int NOT_BEFORE = 1 << 8;
    private static final int DEADLINE = 1 << 9;
    private static final int CALLBACK = 1 << 10;
    private static final int LABELS = 1 << 11;
    private static final int HEADERS = 1 << 12;
    private static final int TENANT = 1 << 13;
    private static final int TRACE = 1 << 14;
    private static final int PRELOAD = 1 << 15;
    private static final int ALL_FIELDS = (1 << 16) - 1;

    private TaskCodec() {}

    /**
     * Encodes a task.
     *
     * @throws IllegalArgumentException if a text is not well-formed Unicode, or a target has another scheme or control
     *     characters, so that no proxy would take it
     */
    public static byte[] encode(RefreshTask task) {
        ByteWriter out = new ByteWriter(expectedBytes(task));
        write(out, task);
        return out.toByteArray();
    }

    /** About how many bytes the task will take. */
    static int expectedBytes(RefreshTask task) {
        return task.targets() instanceof TargetList list
                ? 128 + list.packedLength()
                : 128 + task.targets().size() * 64;
    }

    static void write(ByteWriter out, RefreshTask task) {
        out.octet(VERSION);
        out.octet(code(task.kind()));
        int fields = fields(task);
        out.varint(fields);
        writeTargets(out, task.targets());
        TaskOptions options = task.options();
        if ((fields & MODE) != 0) {
            out.octet(code(options.mode()));
        }
        if ((fields & SCOPE) != 0) {
            writeList(out, options.scope().groups());
            writeList(out, options.scope().tiers());
            writeList(out, options.scope().devices());
            writeList(out, options.scope().exclude());
        }
        if ((fields & VERIFY) != 0) {
            out.octet(code(options.verify()));
        }
        if ((fields & QUERY) != 0) {
            out.octet(code(options.query()));
        }
        if ((fields & PRIORITY) != 0) {
            out.octet(code(options.priority()));
        }
        if ((fields & SPREAD) != 0) {
            out.varint(options.spread().toNanos());
        }
        if (options.after() != null) {
            out.varint(options.after().value());
        }
        if ((fields & AFTER_ON) != 0) {
            out.octet(code(options.afterOn()));
        }
        if (options.notBefore() != null) {
            writeInstant(out, options.notBefore());
        }
        if ((fields & DEADLINE) != 0) {
            out.varint(options.deadline().toNanos());
        }
        if (options.callback() != null) {
            out.text(options.callback());
        }
        if ((fields & LABELS) != 0) {
            writeLabels(out, options.labels());
        }
        if ((fields & HEADERS) != 0) {
            writeList(out, options.headers());
        }
        if ((fields & PRELOAD) != 0) {
            writePreload(out, options.preload());
        }
        if ((fields & TENANT) != 0) {
            out.text(task.tenant());
        }
        if ((fields & TRACE) != 0) {
            out.text(task.trace());
        }
    }

    /**
     * Decodes a task. Memory and time are bounded by a small multiple of the bytes' length, whatever they say.
     *
     * @throws IllegalArgumentException if {@link #encode} did not write the bytes
     */
    public static RefreshTask decode(byte[] bytes) {
        return decode(bytes, 0);
    }

    /**
     * {@link #decode(byte[])} of what stands from a place on, to the end.
     *
     * @throws IllegalArgumentException if {@link #encode} did not write the bytes
     */
    public static RefreshTask decode(byte[] bytes, int from) {
        ByteReader in = new ByteReader(bytes, from);
        int version = in.octet();
        if (version != VERSION) {
            throw in.garbage("version " + version);
        }
        TaskKind kind = constant(in, KINDS);
        long fields = in.varint();
        if ((fields & ~ALL_FIELDS) != 0) {
            throw in.garbage("unknown fields");
        }
        List<Target> targets = readTargets(in);
        TaskOptions options = readOptions(in, (int) fields);
        String tenant = (fields & TENANT) != 0 ? in.text() : "";
        String trace = (fields & TRACE) != 0 ? in.text() : "";
        if (in.remaining() > 0) {
            throw in.garbage("more bytes than a task");
        }
        return new RefreshTask(kind, targets, options, tenant, trace);
    }

    private static int fields(RefreshTask task) {
        TaskOptions options = task.options();
        TaskOptions defaults = TaskOptions.DEFAULTS;
        return (options.mode() == defaults.mode() ? 0 : MODE)
                | (options.scope().equals(defaults.scope()) ? 0 : SCOPE)
                | (options.verify() == defaults.verify() ? 0 : VERIFY)
                | (options.query() == defaults.query() ? 0 : QUERY)
                | (options.priority() == defaults.priority() ? 0 : PRIORITY)
                | (options.spread().isZero() ? 0 : SPREAD)
                | (options.after() == null ? 0 : AFTER)
                | (options.afterOn() == defaults.afterOn() ? 0 : AFTER_ON)
                | (options.notBefore() == null ? 0 : NOT_BEFORE)
                | (options.deadline().equals(defaults.deadline()) ? 0 : DEADLINE)
                | (options.callback() == null ? 0 : CALLBACK)
                | (options.labels().isEmpty() ? 0 : LABELS)
                | (options.headers().isEmpty() ? 0 : HEADERS)
                | (options.preload().equals(defaults.preload()) ? 0 : PRELOAD)
                | (task.tenant().isEmpty() ? 0 : TENANT)
                | (task.trace().isEmpty() ? 0 : TRACE);
    }

    private static TaskOptions readOptions(ByteReader in, int fields) {
        TaskOptions defaults = TaskOptions.DEFAULTS;
        if ((fields & ~(TENANT | TRACE)) == 0) {
            return defaults; // the very object: a million tasks share it
        }
        return new TaskOptions(
                (fields & MODE) != 0 ? constant(in, Mode.values()) : defaults.mode(),
                (fields & SCOPE) != 0
                        ? new Scope(readList(in), readList(in), readList(in), readList(in))
                        : defaults.scope(),
                (fields & VERIFY) != 0 ? constant(in, Verify.values()) : defaults.verify(),
                (fields & QUERY) != 0 ? constant(in, QueryRule.values()) : defaults.query(),
                (fields & PRIORITY) != 0 ? constant(in, Priority.values()) : defaults.priority(),
                (fields & SPREAD) != 0 ? Duration.ofNanos(in.varint()) : defaults.spread(),
                (fields & AFTER) != 0 ? new TaskId(in.varint()) : null,
                (fields & AFTER_ON) != 0 ? constant(in, AfterRule.values()) : defaults.afterOn(),
                (fields & NOT_BEFORE) != 0 ? readInstant(in) : null,
                (fields & DEADLINE) != 0 ? Duration.ofNanos(in.varint()) : defaults.deadline(),
                (fields & CALLBACK) != 0 ? in.text() : null,
                (fields & LABELS) != 0 ? readLabels(in) : defaults.labels(),
                (fields & HEADERS) != 0 ? readList(in) : defaults.headers(),
                (fields & PRELOAD) != 0 ? readPreload(in) : defaults.preload());
    }

    private static void writePreload(ByteWriter out, PreloadOptions preload) {
        writeList(out, preload.variants());
        writeList(out, preload.ranges());
        out.varint(preload.depth());
        writeList(out, preload.hosts());
        out.octet(code(preload.redirects()));
        out.octet(code(preload.placement()));
        out.varint(preload.rate());
    }

    private static PreloadOptions readPreload(ByteReader in) {
        return new PreloadOptions(
                readList(in),
                readList(in),
                (int) Math.min(in.varint(), PreloadOptions.MAX_DEPTH + 1),
                readList(in),
                constant(in, RedirectRule.values()),
                constant(in, Placement.values()),
                in.varint());
    }

    private static void writeTargets(ByteWriter out, List<Target> targets) {
        out.varint(targets.size());
        if (targets instanceof TargetList list) {
            out.packed(list);
            return;
        }
        @Nullable String lastHost = null;
        for (Target target : targets) {
            int scheme = schemeCode(target);
            boolean isSameHost = target.host().equals(lastHost);
            out.octet(isSameHost ? scheme | TargetList.SAME_HOST : scheme);
            if (!isSameHost) {
                out.text(requireClean(target.host()));
                lastHost = target.host();
            }
            out.text(requireClean(target.path()));
        }
    }

    private static List<Target> readTargets(ByteReader in) {
        int count = in.count(2);
        if (count == 1) {
            // most tasks
            int scheme = in.octet();
            if (scheme > TargetList.MAX_SCHEME) {
                throw in.garbage("target head " + scheme);
            }
            return List.of(new Target(TargetList.scheme(scheme), requireClean(in.text()), requireClean(in.text())));
        }
        TargetList.Builder targets = new TargetList.Builder(count, in.remaining());
        @Nullable String host = null;
        boolean isPackable = false;
        for (int i = 0; i < count; i++) {
            int head = in.octet();
            int scheme = head & ~TargetList.SAME_HOST;
            if ((head & TargetList.SAME_HOST) == 0) {
                host = requireClean(in.text());
                isPackable = TargetList.isPackable(host);
            }
            if (scheme > TargetList.MAX_SCHEME || host == null) {
                throw in.garbage("target head " + head);
            }
            int length = isPackable ? in.printable() : -1;
            if (length >= 0) {
                targets.add(scheme, host, in.array(), in.position() - length, length);
            } else {
                targets.add(new Target(TargetList.scheme(scheme), host, requireClean(in.text())));
            }
        }
        return targets.build();
    }

    private static int schemeCode(Target target) {
        int code = TargetList.code(target.scheme());
        if (code >= 0) {
            return code;
        }
        throw new IllegalArgumentException("scheme: " + target.scheme() + " (expected: http, https or empty)");
    }

    /** Targets become request lines: a line break in one would be a second request. */
    private static String requireClean(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) == 0x7f) {
                throw new IllegalArgumentException("target: a control character at " + i + " (expected: none)");
            }
        }
        return text;
    }

    private static void writeList(ByteWriter out, List<String> texts) {
        out.varint(texts.size());
        texts.forEach(out::text);
    }

    private static List<String> readList(ByteReader in) {
        int count = in.count(1);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(in.text());
        }
        return texts;
    }

    private static void writeLabels(ByteWriter out, Map<String, String> labels) {
        out.varint(labels.size());
        new TreeMap<>(labels).forEach((key, value) -> {
            out.text(key);
            out.text(value);
        });
    }

    private static Map<String, String> readLabels(ByteReader in) {
        int count = in.count(2);
        Map<String, String> labels = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            if (labels.put(in.text(), in.text()) != null) {
                throw in.garbage("a label twice");
            }
        }
        return labels;
    }

    private static void writeInstant(ByteWriter out, Instant instant) {
        long seconds = instant.getEpochSecond();
        int nanos = instant.getNano();
        out.signed(seconds);
        out.varint(nanos);
    }

    private static Instant readInstant(ByteReader in) {
        long seconds = in.signed();
        long nanos = in.varint();
        if (seconds < Instant.MIN.getEpochSecond()
                || seconds > Instant.MAX.getEpochSecond()
                || nanos < 0
                || nanos > 999_999_999) {
            throw in.garbage("a time out of range");
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }

    @SuppressWarnings("EnumOrdinal") // the order is part of the format: constants are only ever added at the end
    private static int code(Enum<?> constant) {
        return constant.ordinal();
    }

    private static <E> E constant(ByteReader in, E[] values) {
        int code = in.octet();
        if (code >= values.length) {
            throw in.garbage("unknown constant " + code);
        }
        return values[code];
    }
}
