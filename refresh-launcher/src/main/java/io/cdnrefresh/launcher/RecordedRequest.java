// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request of a recording, as a file of GoReplay has it: {@code 1 ID NANOS LATENCY}, the request as it was sent, and a
 * line of three monkeys. Immutable but for the bytes, which nobody changes.
 *
 * @param id 24 hexadecimal digits
 * @param atNanos when it came, since 1970
 * @param latencyNanos how long its answer took
 * @param method in upper case
 * @param target path and query
 * @param headers name and value by turns
 * @param body of its full length
 */
record RecordedRequest(
        String id, long atNanos, long latencyNanos, String method, String target, List<String> headers, byte[] body) {
    /** What stands between two requests. */
    static final byte[] SEPARATOR = "\n\uD83D\uDC35\uD83D\uDE48\uD83D\uDE49\n".getBytes(StandardCharsets.UTF_8);

    RecordedRequest {
        headers = List.copyOf(headers);
    }

    /** As in the file, with what stands behind it; null if its body has what divides requests. */
    byte @Nullable [] toBytes() {
        StringBuilder head = new StringBuilder(256);
        head.append("1 ").append(id).append(' ').append(atNanos).append(' ').append(latencyNanos);
        head.append('\n').append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        for (int i = 0; i + 1 < headers.size(); i += 2) {
            head.append(headers.get(i)).append(": ").append(headers.get(i + 1)).append("\r\n");
        }
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("\r\n");
        if (indexOf(body, SEPARATOR, 0) >= 0) {
            return null;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream(head.length() + body.length + SEPARATOR.length);
        all.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
        all.writeBytes(body);
        all.writeBytes(SEPARATOR);
        return all.toByteArray();
    }

    /** Reads what stands between two separators; null if it is no request, or one whose body has no plain length. */
    static @Nullable RecordedRequest parse(byte[] entry) {
        int line = indexOf(entry, new byte[] {'\n'}, 0);
        int end = indexOf(entry, "\r\n\r\n".getBytes(StandardCharsets.US_ASCII), 0);
        if (line < 0 || end < line || entry[0] != '1') {
            return null;
        }
        String[] meta = text(entry, 0, line).trim().split(" ", -1);
        String[] head = text(entry, line + 1, end).split("\r\n", -1);
        String[] request = head[0].split(" ", -1);
        if (meta.length < 3 || request.length != 3 || !request[1].startsWith("/")) {
            return null;
        }
        List<String> headers = new ArrayList<>();
        for (int i = 1; i < head.length; i++) {
            int colon = head[i].indexOf(':');
            if (colon > 0) {
                String name = head[i].substring(0, colon);
                if (name.equalsIgnoreCase("Transfer-Encoding")) {
                    return null;
                }
                headers.add(name);
                headers.add(head[i].substring(colon + 1).strip());
            }
        }
        try {
            long latencyNanos = meta.length > 3 ? Long.parseLong(meta[3]) : 0;
            byte[] body = Arrays.copyOfRange(entry, end + 4, entry.length);
            return new RecordedRequest(
                    meta[1], Long.parseLong(meta[2]), latencyNanos, request[0], request[1], headers, body);
        } catch (NumberFormatException malformed) {
            return null;
        }
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private static int indexOf(byte[] in, byte[] what, int from) {
        for (int i = from; i <= in.length - what.length; i++) {
            if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }
}
