// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import com.zaxxer.hikari.HikariConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Makes the drivers speak TLS to servers whose certificate and name are right, and to no others. Stateless. */
final class ServerTrust {
    /** Guards certificates, which are no secrets; Connector/J opens no store without one. */
    private static final String PASSWORD = "certificates";

    private ServerTrust() {}

    /**
     * Has connections made only to a server that one of the authorities vouches for. What the URL says of TLS is overridden.
     *
     * @throws IllegalArgumentException if the file holds no certificates
     */
    static void demand(HikariConfig config, Path authorities) {
        if (config.getJdbcUrl().startsWith("jdbc:mariadb:")) {
            demandFile(authorities);
            config.setJdbcUrl(without(config.getJdbcUrl(), "sslMode", "useSsl", "trustServerCertificate"));
            config.addDataSourceProperty("sslMode", "verify-full");
            config.addDataSourceProperty(
                    "serverSslCert", authorities.toAbsolutePath().toString());
        } else if (config.getJdbcUrl().startsWith("jdbc:mysql:")) {
            config.setJdbcUrl(
                    without(config.getJdbcUrl(), "sslMode", "useSSL", "requireSSL", "verifyServerCertificate"));
            config.addDataSourceProperty("sslMode", "VERIFY_IDENTITY");
            config.addDataSourceProperty(
                    "trustCertificateKeyStoreUrl", keyStore(authorities).toUri().toString());
            config.addDataSourceProperty("trustCertificateKeyStoreType", "PKCS12");
            config.addDataSourceProperty("trustCertificateKeyStorePassword", PASSWORD);
            config.addDataSourceProperty("fallbackToSystemTrustStore", "false");
        }
    }

    /** A URL counts before a property, so that what it says has to go. */
    private static String without(String url, String... names) {
        String changed = url;
        for (String name : names) {
            changed = changed.replaceAll("(?i)([?&])" + name + "=[^&]*&?", "$1");
        }
        return changed.replaceFirst("[?&]$", "");
    }

    private static void demandFile(Path authorities) {
        try {
            var unused = certificates(authorities);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(authorities, e);
        }
    }

    private static KeyStore certificates(Path authorities) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(authorities)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), each);
            }
        }
        if (store.size() == 0) {
            throw new IOException("it holds no certificate");
        }
        return store;
    }

    /** Connector/J reads no PEM. */
    private static Path keyStore(Path authorities) {
        try {
            Path file = Files.createTempFile("refresh-store-", ".p12");
            file.toFile().deleteOnExit();
            KeyStore store = certificates(authorities);
            try (OutputStream out = Files.newOutputStream(file)) {
                store.store(out, PASSWORD.toCharArray());
            }
            return file;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(authorities, e);
        }
    }

    private static IllegalArgumentException unusable(Path authorities, Exception cause) {
        return new IllegalArgumentException("trust: " + authorities + " (expected: a PEM file of certificates)", cause);
    }
}
