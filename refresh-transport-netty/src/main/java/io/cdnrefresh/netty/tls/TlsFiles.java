// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.tls;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.RefreshException;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 of the JDK with certificate and key from PEM files, read again when the files change: connections made
 * from then on use the new ones. Files that cannot be read then leave the old ones in use, with a warning. Thread-safe;
 * {@link #get} never blocks.
 */
public final class TlsFiles implements Supplier<SslContext>, AutoCloseable {
    /** The versions that are spoken, whatever the JDK would let through besides. */
    public static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private static final long LOOK_SECONDS = 2;
    private static final Logger logger = LoggerFactory.getLogger(TlsFiles.class);

    private final @Nullable Path certificate;
    private final @Nullable Path key;
    private final @Nullable Path trusted;
    private final boolean isServer;
    private final CountDownLatch closed = new CountDownLatch(1);
    private List<Object> seen;
    private volatile SslContext current;

    private TlsFiles(@Nullable Path certificate, @Nullable Path key, @Nullable Path trusted, boolean isServer) {
        this.certificate = certificate;
        this.key = key;
        this.trusted = trusted;
        this.isServer = isServer;
        seen = state();
        try {
            current = read();
        } catch (SSLException | RuntimeException e) {
            throw new RefreshException(
                    RefreshException.Category.PERMANENT, "tls: cannot be set up from " + shown() + ": " + reason(e), e);
        }
        Thread watch = new Thread(this::watch, "tls-files");
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * For a server.
     *
     * @param certificate its certificate and those of its issuers, PEM
     * @param key its key, PEM (PKCS#8), not encrypted
     * @param clients certificates of the authorities, PEM; then every client needs a certificate; null = none does
     * @throws RefreshException if they cannot be used
     */
    public static TlsFiles server(Path certificate, Path key, @Nullable Path clients) {
        return new TlsFiles(requireNonNull(certificate, "certificate"), requireNonNull(key, "key"), clients, true);
    }

    /**
     * For a client, which checks the server's name.
     *
     * @param servers certificates of the authorities, PEM; null = those that the JDK trusts
     * @param certificate its own, PEM; null = it has none
     * @param key the key to that
     * @throws RefreshException if they cannot be used
     */
    public static TlsFiles client(@Nullable Path servers, @Nullable Path certificate, @Nullable Path key) {
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("certificate, key: one of them (expected: both or none)");
        }
        return new TlsFiles(certificate, key, servers, false);
    }

    /** What new connections use. */
    @Override
    public SslContext get() {
        return current;
    }

    /** Reads the files again if they have changed; true if they have, and could be used. Blocks. */
    public synchronized boolean reload() {
        List<Object> now = state();
        if (now.equals(seen)) {
            return false;
        }
        seen = now;
        try {
            current = read();
            logger.info("tls files read again files={}", shown());
            return true;
        } catch (SSLException | RuntimeException e) {
            logger.warn(
                    "tls files changed but cannot be used, the old ones stay files={} error={}", shown(), reason(e));
            return false;
        }
    }

    private void watch() {
        try {
            while (!closed.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
                reload();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private SslContext read() throws SSLException {
        SslContextBuilder builder;
        if (isServer) {
            builder = SslContextBuilder.forServer(file(certificate), file(key));
            if (trusted != null) {
                builder.trustManager(file(trusted)).clientAuth(ClientAuth.REQUIRE);
            }
        } else {
            builder = SslContextBuilder.forClient();
            if (trusted != null) {
                builder.trustManager(file(trusted));
            }
            if (certificate != null) {
                builder.keyManager(file(certificate), file(key));
            }
        }
        return builder.sslProvider(SslProvider.JDK).protocols(VERSIONS).build();
    }

    private static java.io.File file(@Nullable Path path) {
        return requireNonNull(path, "path").toFile();
    }

    /** What changes when a file is written or replaced. */
    private List<Object> state() {
        List<Object> state = new ArrayList<>();
        for (Path path : files()) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                state.add(attributes.lastModifiedTime());
                state.add(attributes.size());
                state.add(String.valueOf(attributes.fileKey()));
            } catch (IOException missing) {
                state.add("missing");
            }
        }
        return state;
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (@Nullable Path path : new @Nullable Path[] {certificate, key, trusted}) {
            if (path != null) {
                files.add(path);
            }
        }
        return files;
    }

    private String shown() {
        return files().toString();
    }

    private static String reason(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + " " + cause.getMessage();
    }

    /** Looks at the files no more. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
    }
}
