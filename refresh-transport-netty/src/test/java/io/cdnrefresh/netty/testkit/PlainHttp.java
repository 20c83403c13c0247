// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** One request on one blocking connection, with exactly the bytes that the test gives: what other clients tidy up. */
public final class PlainHttp {
    private static final int TIMEOUT_MILLIS = 30_000;

    private PlainHttp() {}

    /** An answer; header names in lower case. */
    public record Reply(int status, Map<String, String> headers, byte[] body) {
        /** A header's value or the empty string. */
        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }

        /** The version that the demo origin wrote into it. */
        public int version() {
            return Integer.parseInt(header("X-Version"));
        }

        @Override
        public String toString() {
            return status + " " + headers;
        }
    }

    /** GET of a path at a loopback port with this {@code Host}. */
    public static Reply get(int port, String host, String path, String... headers) {
        return send(port, "GET", host, path, headers);
    }

    /** Any bodiless request; {@code headers} are whole lines. */
    public static Reply send(int port, String method, String host, String path, String... headers) {
        StringBuilder request = new StringBuilder();
        request.append(method)
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(host);
        request.append("\r\nConnection: close\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        request.append("\r\n");
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            return parse(socket.getInputStream().readAllBytes(), method.equals("HEAD"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Reply parse(byte[] bytes, boolean isHead) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no whole header: " + text);
        }
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.merge(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).trim(),
                    (a, b) -> a + ", " + b);
        }
        byte[] body = Arrays.copyOfRange(bytes, end + 4, bytes.length);
        boolean isChunked = "chunked".equals(headers.get("transfer-encoding"));
        return new Reply(
                Integer.parseInt(lines[0].split(" ", -1)[1]), headers, isChunked && !isHead ? dechunk(body) : body);
    }

    private static byte[] dechunk(byte[] body) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        String text = new String(body, StandardCharsets.ISO_8859_1);
        for (int at = 0; ; ) {
            int line = text.indexOf("\r\n", at);
            if (line < 0) {
                throw new IOException("chunked body ends early");
            }
            int length = Integer.parseInt(text.substring(at, line).trim(), 16);
            if (length == 0) {
                return plain.toByteArray();
            }
            plain.write(body, line + 2, length);
            at = line + 2 + length + 2;
        }
    }
}
