// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Hello;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The binary form of a {@link Hello}. Thread-safe.
 *
 * <pre>
 * text    device, boot id, group, tier, version
 * varint  cursor
 * list    reported: varint gap since the end of the range before (the cursor at first), varint length − 1
 * list    text abilities, as the words of the API
 * signed  seconds, varint nanoseconds of "now"
 * </pre>
 *
 * <p>What follows is ignored, so that later versions may add to it; so are abilities that this version does not know:
 * it never sends such a kind.
 */
public final class HelloCodec {
    /** Ranges above this number are left out; the engine asks for those reports again, and the proxy has them. */
    public static final int MAX_RANGES = 8_192;

    private static final int MAX_TEXT = 256;

    private HelloCodec() {}

    /** Encodes a hello. */
    public static byte[] encode(Hello hello) {
        ByteWriter out = new ByteWriter(256);
        out.text(hello.device());
        out.text(hello.bootId());
        out.text(hello.group());
        out.text(hello.tier());
        out.text(hello.version());
        out.varint(hello.cursor());
        List<Range> ranges =
                hello.reported().subList(0, Math.min(hello.reported().size(), MAX_RANGES));
        out.varint(ranges.size());
        long at = hello.cursor();
        for (Range range : ranges) {
            if (range.first() < at) {
                throw new IllegalArgumentException("reported: " + range + " (expected: rising, above the cursor)");
            }
            out.varint(range.first() - at);
            out.varint(range.last() - range.first());
            at = range.last();
        }
        Texts.write(
                out, hello.abilities().stream().map(TaskKind::wireName).sorted().toList());
        Times.write(out, hello.now());
        return out.toByteArray();
    }

    /**
     * Decodes a hello.
     *
     * @throws IllegalArgumentException if the bytes are none, or a name in it is not allowed
     */
    public static Hello decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        String device = Device.requireName("device", shortText(in));
        String bootId = shortText(in);
        String group = shortText(in);
        String tier = shortText(in);
        String version = shortText(in);
        long cursor = in.positive();
        int count = in.count(2);
        if (count > MAX_RANGES) {
            throw in.garbage("too many ranges");
        }
        List<Range> ranges = new ArrayList<>(count);
        long at = cursor;
        for (int i = 0; i < count; i++) {
            long first = at + in.positive();
            long last = first + in.positive();
            if (first < 0 || last < first) {
                throw in.garbage("a range out of range");
            }
            ranges.add(new Range(first, last));
            at = last;
        }
        Set<TaskKind> abilities = abilities(Texts.read(in));
        return new Hello(device, bootId, group, tier, version, cursor, ranges, abilities, Times.read(in));
    }

    private static Set<TaskKind> abilities(List<String> names) {
        Set<TaskKind> known = EnumSet.noneOf(TaskKind.class);
        for (TaskKind kind : TaskKind.values()) {
            if (names.contains(kind.wireName())) {
                known.add(kind);
            }
        }
        return known;
    }

    private static String shortText(ByteReader in) {
        String text = in.text();
        if (text.length() > MAX_TEXT) {
            throw in.garbage("a name that is too long");
        }
        return text;
    }
}
