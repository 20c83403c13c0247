// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Answers as bytes: head and body in one buffer, constant parts encoded once. Thread-safe.
 *
 * <pre>
 * HTTP/1.1 202 Accepted
 * date: Sun, 22 Nov 2026 10:00:00 GMT
 * content-type: application/json
 * content-length: 42
 * connection: close               (when it is the last, or keep-alive for HTTP/1.0)
 * retry-after: 1                  (the answer's own)
 * </pre>
 */
final class ResponseBytes {
    /** How the connection goes on after an answer. */
    enum Persistence {
        /** HTTP/1.1's default: nothing is said. */
        KEEP(""),
        /** HTTP/1.0 wants to be told. */
        KEEP_SAID("connection: keep-alive\r\n"),
        CLOSE("connection: close\r\n");

        private final String line;

        Persistence(String line) {
            this.line = line;
        }
    }

    static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII);

    private static final byte[][] STATUS_LINES = new byte[600][];
    private static final byte[] CONTENT_TYPE = "content-type: ".getBytes(US_ASCII);
    private static final byte[] CONTENT_LENGTH = "content-length: ".getBytes(US_ASCII);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("'date: 'EEE, dd MMM yyyy HH:mm:ss 'GMT\r\n'", Locale.ROOT);

    static {
        for (int status = 200; status < STATUS_LINES.length; status++) {
            String line = "HTTP/1.1 " + HttpResponseStatus.valueOf(status) + "\r\n";
            STATUS_LINES[status] = line.getBytes(US_ASCII);
        }
    }

    /** The line of one second. */
    private record DateLine(long second, byte[] bytes) {}

    private final EngineClock clock;
    private volatile DateLine date = new DateLine(Long.MIN_VALUE, new byte[0]);

    ResponseBytes(EngineClock clock) {
        this.clock = clock;
    }

    /** True if the answer cannot break out of its head: a final status, and no control character in a header. */
    static boolean isSound(ApiResponse response) {
        List<String> headers = response.headers();
        boolean isSound = response.status() >= 200
                && response.status() < STATUS_LINES.length
                && headers.size() % 2 == 0
                && isText(response.contentType());
        for (int i = 0; isSound && i < headers.size(); i++) {
            isSound = isText(headers.get(i)) && (i % 2 == 1 || !headers.get(i).isEmpty());
        }
        return isSound;
    }

    private static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\t' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** Encodes a sound answer. With HEAD the length is that of the body which is left out. */
    ByteBuf encode(ByteBufAllocator allocator, ApiResponse response, boolean isHead, Persistence persistence) {
        return encode(allocator, response, isHead, persistence, response.body().length);
    }

    /** Encodes head and first part of an answer that ends with its connection. */
    ByteBuf encodeOpen(ByteBufAllocator allocator, ApiResponse response) {
        return encode(allocator, response, false, Persistence.CLOSE, -1);
    }

    private ByteBuf encode(
            ByteBufAllocator allocator, ApiResponse response, boolean isHead, Persistence persistence, int length) {
        int status = response.status();
        boolean isBodiless = status == 204 || status == 304;
        byte[] body = response.body();
        ByteBuf out = allocator.buffer(256 + (isHead ? 0 : body.length));
        out.writeBytes(STATUS_LINES[status]);
        out.writeBytes(dateLine());
        if (!response.contentType().isEmpty() && !isBodiless) {
            out.writeBytes(CONTENT_TYPE);
            ByteBufUtil.writeAscii(out, response.contentType());
            endLine(out);
        }
        if (!isBodiless && length >= 0) {
            out.writeBytes(CONTENT_LENGTH);
            ByteBufUtil.writeAscii(out, Integer.toString(length));
            endLine(out);
        }
        ByteBufUtil.writeAscii(out, persistence.line);
        List<String> headers = response.headers();
        for (int i = 0; i < headers.size(); i += 2) {
            ByteBufUtil.writeAscii(out, headers.get(i));
            out.writeByte(':').writeByte(' ');
            ByteBufUtil.writeAscii(out, headers.get(i + 1));
            endLine(out);
        }
        endLine(out);
        if (!isHead && !isBodiless) {
            out.writeBytes(body);
        }
        return out;
    }

    private static void endLine(ByteBuf out) {
        out.writeByte('\r').writeByte('\n');
    }

    private byte[] dateLine() {
        var now = clock.now();
        DateLine line = date;
        if (line.second() != now.getEpochSecond()) {
            byte[] bytes = DATE.format(now.atOffset(ZoneOffset.UTC)).getBytes(US_ASCII);
            line = new DateLine(now.getEpochSecond(), bytes);
            date = line; // two threads may both write it: they write the same
        }
        return line.bytes();
    }
}
