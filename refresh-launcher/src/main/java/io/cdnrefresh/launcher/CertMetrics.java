// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import io.cdnrefresh.spi.MetricSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When the first of the own certificates ends. Reads the files on a thread of its own, so that a scrape waits for no disk. */
final class CertMetrics implements MetricSource, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(CertMetrics.class);
    private static final long LOOK_SECONDS = 30;
    private static final long NONE = Long.MAX_VALUE;

    private final List<Path> files;
    private final Thread thread;
    private volatile long endMillis = NONE;

    /** {@code files}: PEM, leaf first; none is fine. */
    CertMetrics(List<Path> files) {
        this.files = List.copyOf(files);
        thread = new Thread(this::run, "cert-watch");
        thread.setDaemon(true);
        if (!files.isEmpty()) {
            look();
            thread.start();
        }
    }

    /** The own certificates of the roles that are on. */
    static CertMetrics of(Config config, List<String> roles) {
        return new CertMetrics(roles.stream()
                .filter(role -> config.flag(role + ".tls"))
                .map(role -> config.text(role + ".tls-cert"))
                .filter(file -> !file.isEmpty())
                .map(Path::of)
                .toList());
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(LOOK_SECONDS);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        long first = NONE;
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                Collection<? extends Certificate> chain =
                        CertificateFactory.getInstance("X.509").generateCertificates(in);
                for (Certificate certificate : chain) {
                    if (certificate instanceof X509Certificate x509) {
                        first = Math.min(first, x509.getNotAfter().toInstant().toEpochMilli());
                    }
                }
            } catch (IOException | CertificateException e) {
                logger.warn("certificate cannot be read file={} cause={}", file, e.getMessage());
            }
        }
        endMillis = first;
    }

    @Override
    public List<Metric> metrics() {
        Metric.Builder expiry = Metric.of(
                "refresh_cert_expiry_seconds",
                Kind.GAUGE,
                "Until the first of the own certificates ends; negative = it has; absent without TLS.");
        long end = endMillis;
        if (end != NONE) {
            expiry.add((end - System.currentTimeMillis()) / 1_000.0);
        }
        return List.of(expiry.build());
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
