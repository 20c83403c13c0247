// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection that is kept, on which requests are sent without waiting for the answers to those before. Owned by one
 * thread, but for the answers: {@code answered} gets them in order, on a thread of the connection.
 */
final class KeptConnection implements AutoCloseable {
    /** An answer; {@code retryAfter} is the header's value or empty. */
    record Answer(int status, String retryAfter, String body) {}

    private final Socket socket;
    private final Consumer<Answer> answered;
    private final AtomicLong underWay = new AtomicLong();
    private volatile @Nullable IOException broken;

    KeptConnection(int port, Consumer<Answer> answered) throws IOException {
        this.answered = answered;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        Thread reader = new Thread(this::read, "kept-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Sends a request with a JSON body; blocks while the server takes no more. */
    void post(String path, String json) throws IOException {
        underWay.incrementAndGet();
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String head = "POST " + path + " HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length + "\r\n\r\n";
        socket.getOutputStream().write((head + json).getBytes(StandardCharsets.UTF_8));
    }

    /** Requests without an answer so far. */
    long underWay() {
        return underWay.get();
    }

    /** Why it ended before it was closed; null = it did not. */
    @Nullable
    IOException broken() {
        return broken;
    }

    private void read() {
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (!socket.isClosed()) {
                Answer answer = readAnswer(in);
                answered.accept(answer);
                underWay.decrementAndGet();
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                broken = e;
            }
        }
    }

    private static Answer readAnswer(InputStream in) throws IOException {
        int status = Integer.parseInt(readLine(in).substring(9, 12));
        int length = 0;
        String retryAfter = "";
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            String name = line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
            String value = line.substring(name.length() + 1).strip();
            switch (name) {
                case "content-length" -> length = Integer.parseInt(value);
                case "retry-after" -> retryAfter = value;
                default -> {}
            }
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("an answer of " + body.length + " bytes (expected: " + length + ")");
        }
        return new Answer(status, retryAfter, new String(body, StandardCharsets.UTF_8));
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
