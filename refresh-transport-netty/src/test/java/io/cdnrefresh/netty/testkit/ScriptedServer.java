// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server that answers each bodiless request with the next bytes of its script, right or wrong. Thread-safe. */
public final class ScriptedServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Queue<String> script = new ConcurrentLinkedQueue<>();
    private volatile String otherwise = "";
    private volatile @Nullable Function<String, String> rule;
    private volatile boolean isClosing;
    private volatile boolean isSilent;

    /** Listens on a free loopback port. */
    public ScriptedServer() {
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        start("scripted", this::accept);
    }

    /** The port. */
    public int port() {
        return listener.getLocalPort();
    }

    /** The heads of the requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Answers every request with this. */
    public void always(String answer) {
        otherwise = answer;
    }

    /** Answers each request with what is made of its head; one at a time. */
    public void by(Function<String, String> answer) {
        rule = answer;
    }

    /** Answers the next requests with these, one each. */
    public void script(String... answers) {
        script.addAll(Arrays.asList(answers));
    }

    /** Answers every request with these bytes and closes. */
    public void thenClose(String bytes) {
        otherwise = bytes;
        isClosing = true;
    }

    /** Never answers. */
    public void silent() {
        isSilent = true;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                start("scripted-conn", () -> serve(socket));
            }
        } catch (IOException closed) {
            // the end of this server
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            for (String head = readHead(socket.getInputStream());
                    head != null;
                    head = readHead(socket.getInputStream())) {
                if (!isSilent) {
                    String next = script.poll();
                    String answer = next == null ? byRule(head) : next;
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                }
                if (isClosing) {
                    return;
                }
            }
        } catch (IOException gone) {
            // the client's decision
        }
    }

    private synchronized String byRule(String head) {
        Function<String, String> known = rule;
        return known == null ? otherwise : known.apply(head);
    }

    private @Nullable String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            String text = head.toString(StandardCharsets.ISO_8859_1);
            if (text.endsWith("\r\n\r\n")) {
                requests.add(text);
                return text;
            }
        }
        return null;
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Closes everything. */
    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
