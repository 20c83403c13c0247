// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;

/** A client on a raw socket: sends any bytes, reads responses strictly. Not thread-safe. */
final class RawClient implements AutoCloseable {
    /** One response. */
    record Response(int status, String head, String body) {
        String header(String name) {
            int start = head.toLowerCase(Locale.ROOT).indexOf("\r\n" + name.toLowerCase(Locale.ROOT) + ":");
            if (start >= 0) {
                int value = start + name.length() + 3;
                return head.substring(value, head.indexOf("\r\n", value)).strip();
            }
            return "";
        }
    }

    final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
        return this;
    }

    /** Reads one response; fails if the stream ends before its end. */
    Response read() throws IOException {
        return read("GET");
    }

    Response read(String method) throws IOException {
        String head = readHead();
        if (head.isEmpty()) {
            throw new IOException("closed before a response");
        }
        int status = Integer.parseInt(head.substring(9, 12));
        Response bare = new Response(status, head, "");
        if (status < 200 || status == 204 || method.equals("HEAD")) {
            return bare;
        }
        int length = Integer.parseInt(bare.header("content-length"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new IOException("closed amid a body");
        }
        return new Response(status, head, new String(body, ISO_8859_1));
    }

    private String readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int end = 0;
        while (end < 4) {
            int c = in.read();
            if (c < 0) {
                return "";
            }
            head.write(c);
            end = c == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : 0;
        }
        return head.toString(ISO_8859_1);
    }

    /** True if the server closed without another byte. */
    boolean isAtEnd() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true; // reset
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
