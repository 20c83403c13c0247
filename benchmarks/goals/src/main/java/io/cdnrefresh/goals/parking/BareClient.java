// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.parking;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code redis-benchmark -t rpush -P 64 -c 50 -r 1000000} does, where that is not installed: one thread, fifty
 * connections, each sends 64 commands of one entry and reads 64 answers. Not thread-safe.
 */
final class BareClient implements AutoCloseable {
    static final int CONNECTIONS = 50;
    static final int PIPELINE = 64;

    private final List<Socket> sockets = new ArrayList<>();
    private final List<InputStream> answers = new ArrayList<>();
    private final byte[] commands;

    BareClient(int port) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < PIPELINE; i++) {
            String entry = (300_000_000_000_000_000L + i) + ":0";
            text.append("*3\r\n$5\r\nRPUSH\r\n$6\r\nmylist\r\n$")
                    .append(entry.length())
                    .append("\r\n")
                    .append(entry)
                    .append("\r\n");
        }
        commands = text.toString().getBytes(StandardCharsets.US_ASCII);
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                answers.add(new BufferedInputStream(socket.getInputStream(), 8_192));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Entries a second. */
    double push(int entries) {
        long start = System.nanoTime();
        int sent = 0;
        try {
            while (sent < entries) {
                for (Socket socket : sockets) {
                    socket.getOutputStream().write(commands);
                }
                for (InputStream each : answers) {
                    readLines(each);
                }
                sent += CONNECTIONS * PIPELINE;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sent * 1e9 / (System.nanoTime() - start);
    }

    private static void readLines(InputStream in) throws IOException {
        int lines = 0;
        while (lines < PIPELINE) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("redis closed the connection");
            }
            lines += c == '\n' ? 1 : 0;
        }
    }

    @Override
    public void close() {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
