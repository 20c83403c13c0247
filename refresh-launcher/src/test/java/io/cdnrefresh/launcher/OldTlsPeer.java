// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.redis.RedisCoordinator;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Meets every client and every listener as a peer that speaks one version of TLS only, in a process of its own whose JDK
 * forbids none: prints {@code NAME VERSION taken}, {@code … refused} or what else came of it.
 *
 * <p>Arguments: folder of an authority that has issued {@code peer}, then NAME=PORT of listeners.
 */
final class OldTlsPeer {
    /** Clients of this project; {@code jdk} is none, and shows that nothing else refuses. */
    static final List<String> CLIENTS = List.of(
            "jdk", "files", "webhooks", "redis", "mariadb", "mysql", "command-line", "command-line-default-trust");

    private static final String HOST = "127.0.0.1";
    private static final PrintStream out = new PrintStream(System.out, true, UTF_8);
    private static final int PATIENCE_MILLIS = 30_000;

    /** Starts to connect to a port; what it starts is ended with the process. */
    private interface Client {
        void connect(int port) throws Exception;
    }

    private final Path authority;
    private final SSLContext server;
    private final SSLContext trusting;
    private final NettyLoops loops = NettyLoops.create();
    private final List<AutoCloseable> kept = new CopyOnWriteArrayList<>();

    private OldTlsPeer(Path folder) throws Exception {
        authority = folder.resolve("ca.pem");
        trusting = Trust.in(authority);
        SSLContext.setDefault(trusting);
        server = ((JdkSslContext) SslContextBuilder.forServer(
                                folder.resolve("peer.pem").toFile(),
                                folder.resolve("peer.key").toFile())
                        .sslProvider(SslProvider.JDK)
                        .build())
                .context();
    }

    public static void main(String[] arguments) throws Exception {
        int code = 1;
        try {
            new OldTlsPeer(Path.of(arguments[0])).meet(arguments);
            code = 0;
        } finally {
            System.exit(code); // clients still try
        }
    }

    private void meet(String[] arguments) throws Exception {
        for (String version : List.of("TLSv1.1", "TLSv1.2")) {
            for (int i = 1; i < arguments.length; i++) {
                String[] listener = arguments[i].split("=", 2);
                print(listener[0], version, asClient(Integer.parseInt(listener[1]), version));
            }
            for (String name : CLIENTS) {
                print(name, version, asServer(name, version));
            }
        }
    }

    private static void print(String name, String version, String outcome) {
        out.println(name + ' ' + version + ' ' + outcome);
    }

    private String asClient(int port, String version) throws IOException {
        try (SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(HOST, port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setEnabledProtocols(new String[] {version});
            return outcome(socket);
        }
    }

    private String asServer(String name, String version) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            listener.setSoTimeout(PATIENCE_MILLIS);
            Client client = client(name);
            Thread thread = new Thread(() -> run(client, listener.getLocalPort()), "client");
            thread.setDaemon(true);
            thread.start();
            try (Socket plain = listener.accept()) {
                plain.setSoTimeout(PATIENCE_MILLIS);
                if (name.equals("mariadb") || name.equals("mysql")) {
                    greet(plain, name);
                }
                SSLSocket socket =
                        (SSLSocket) server.getSocketFactory().createSocket(plain, null, plain.getPort(), true);
                socket.setUseClientMode(false);
                socket.setEnabledProtocols(new String[] {version});
                return outcome(socket);
            }
        }
    }

    private static void run(Client client, int port) {
        try {
            client.connect(port);
        } catch (Exception refused) {
            out.println("client of port " + port + ": " + refused); // what comes of it is seen at the other end
        }
    }

    /** Refused is only what was refused for the version; a certificate is looked at later. */
    private static String outcome(SSLSocket socket) {
        try {
            socket.startHandshake();
            return "taken";
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            boolean isForVersion =
                    reason.contains("protocol_version") || reason.contains("not accepted by server preferences");
            return isForVersion ? "refused" : reason.contains("certificate") ? "taken" : reason;
        }
    }

    private Client client(String name) {
        return switch (name) {
            case "jdk" -> port -> asClient(port, "TLSv1.1", "TLSv1.2");
            case "files" -> port -> call(port, TlsFiles.client(authority, null, null));
            case "webhooks" -> port -> call(port, null);
            case "redis" -> this::redis;
            case "mariadb", "mysql" -> port -> store("jdbc:" + name + "://" + HOST + ':' + port + "/test?user=root");
            case "command-line" -> port -> commandLine(port, trusting);
            case "command-line-default-trust" -> port -> commandLine(port, null);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private void asClient(int port, String... versions) throws IOException {
        try (SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(HOST, port)) {
            socket.setEnabledProtocols(versions);
            socket.startHandshake();
        }
    }

    private void call(int port, @Nullable TlsFiles files) throws InterruptedException {
        HttpClient.Builder builder = HttpClient.builder().loops(loops);
        HttpClient client = (files == null ? builder : builder.tls(files)).build();
        CountDownLatch answered = new CountDownLatch(1);
        client.execute(HttpCall.to("GET", HOST, port, "/").secure().build(), reply -> answered.countDown());
        answered.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Connects behind the caller's back, and is left to it. */
    private void redis(int port) {
        kept.add(RedisCoordinator.builder("rediss://" + HOST + ':' + port)
                .trust(authority)
                .build());
    }

    private void store(String url) {
        try (JdbcStore store = JdbcStore.builder()
                .url(url)
                .trust(authority)
                .connectTimeout(Duration.ofSeconds(5))
                .build()) {
            store.load();
        }
    }

    private static void commandLine(int port, @Nullable SSLContext trust) {
        new ApiClient(List.of(URI.create("https://" + HOST + ':' + port)), null, Duration.ZERO, trust).get("/healthz");
    }

    /** What a database says first, and the driver's wish for TLS. */
    private static void greet(Socket socket, String name) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(10);
        body.write((name.equals("mysql") ? "8.0.36" : "5.5.5-10.11.6-MariaDB").getBytes(US_ASCII));
        body.write(new byte[] {0, 1, 0, 0, 0}); // end of the version, connection 1
        body.write("12345678".getBytes(US_ASCII));
        body.write(new byte[] {0, (byte) 0xff, (byte) 0xff, 45, 2, 0, 0x0f, 0, 21
        }); // every ability up to CLIENT_PLUGIN_AUTH
        body.write(new byte[10]);
        body.write("123456789012".getBytes(US_ASCII));
        body.write(0);
        body.write("mysql_native_password".getBytes(US_ASCII));
        body.write(0);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(new byte[] {(byte) body.size(), 0, 0, 0});
        body.writeTo(packet);
        socket.getOutputStream().write(packet.toByteArray());
        InputStream in = socket.getInputStream();
        int length = in.readNBytes(4)[0];
        in.readNBytes(length);
    }
}
