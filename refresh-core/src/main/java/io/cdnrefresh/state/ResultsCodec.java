// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TargetResult;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Results as bytes, for the store: {@code version 1 | runs | exceptions}. Stateless.
 *
 * <p>A run is {@code length (LEB128), value} with value = outcome code, plus 128 when the device is finished; runs cover
 * all devices in order. Exceptions follow as {@code index, count, (target, outcome, reason length, reason UTF-8)…} with
 * LEB128 numbers, by rising index.
 */
final class ResultsCodec {
    private static final byte VERSION = 1;
    private static final int CODE = 0x7f;

    private ResultsCodec() {}

    static byte[] write(DeviceResults results) {
        byte[] values = results.values();
        int[] exceptional = results.exceptional();
        int bytes = 16 + runs(values) * 6;
        for (int index : exceptional) {
            bytes += bytes(results.exceptions(index));
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        out.put(VERSION);
        for (int from = 1; from < values.length; ) {
            int to = runEnd(values, from);
            putVarint(out, to - from);
            out.put(values[from]);
            from = to;
        }
        for (int index : exceptional) {
            List<TargetResult> list = results.exceptions(index);
            putVarint(out, index);
            putVarint(out, list.size());
            for (TargetResult result : list) {
                byte[] reason = result.reason().getBytes(StandardCharsets.UTF_8);
                putVarint(out, result.target());
                out.put(result.outcome().code());
                putVarint(out, reason.length);
                out.put(reason);
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static int runs(byte[] values) {
        int runs = 0;
        for (int from = 1; from < values.length; from = runEnd(values, from)) {
            runs++;
        }
        return runs;
    }

    private static int runEnd(byte[] values, int from) {
        int to = from + 1;
        while (to < values.length && values[to] == values[from]) {
            to++;
        }
        return to;
    }

    private static int bytes(List<TargetResult> exceptions) {
        int bytes = 10;
        for (TargetResult result : exceptions) {
            bytes += 11 + result.reason().length() * 3;
        }
        return bytes;
    }

    static void read(byte[] bytes, DeviceResults into) {
        try {
            read(ByteBuffer.wrap(bytes), into);
        } catch (BufferUnderflowException truncated) {
            throw new IllegalArgumentException("results: truncated", truncated);
        }
    }

    private static void read(ByteBuffer in, DeviceResults into) {
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("results: version " + version + " (expected: " + VERSION + ")");
        }
        int size = into.size();
        byte[] values = into.values();
        for (int at = 0; at < size; ) {
            int length = getVarint(in);
            byte value = in.get();
            if (length < 1 || length > size - at) {
                throw new IllegalArgumentException("results: run of " + length + " at " + at);
            }
            Outcome.ofCode(value & CODE);
            Arrays.fill(values, 1 + at, 1 + at + length, value);
            at += length;
        }
        into.setValues(values);
        while (in.hasRemaining()) {
            int index = getVarint(in);
            int count = getVarint(in);
            if (index >= size || count > into.targets()) {
                throw new IllegalArgumentException("results: " + count + " exceptions of device " + index);
            }
            TargetResult[] list = new TargetResult[count];
            for (int i = 0; i < count; i++) {
                list[i] = new TargetResult(getVarint(in), Outcome.ofCode(in.get()), text(in));
            }
            into.setExceptions(index, List.of(list));
        }
    }

    private static String text(ByteBuffer in) {
        int length = getVarint(in);
        if (length > in.remaining()) {
            throw new IllegalArgumentException("results: reason of " + length + " bytes");
        }
        byte[] text = new byte[length];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static void putVarint(ByteBuffer out, int value) {
        int rest = value;
        while (rest > CODE) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static int getVarint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            byte b = in.get();
            value |= (b & CODE) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("results: number too long");
    }
}
