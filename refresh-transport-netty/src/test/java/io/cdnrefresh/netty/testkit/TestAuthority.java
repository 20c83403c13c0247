// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/** A certificate authority of a test, and files with what it issues. */
public final class TestAuthority {
    /** The builder's own would wait for the host's entropy. */
    private final SecureRandom random = new SecureRandom();

    private final X509Bundle authority;
    private final Path folder;
    private final Path certificate;

    /** One certificate and its key, as PEM files. */
    public record Issued(Path certificate, Path key) {}

    /** Creates an authority that writes into a folder. */
    public TestAuthority(Path folder, String name) throws Exception {
        this.folder = folder;
        authority = new CertificateBuilder()
                .ecp256()
                .secureRandom(random)
                .subject("CN=" + name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        certificate = write(name + "-ca.pem", authority.getCertificatePEM());
    }

    /** The authority's own certificate. */
    public Path certificate() {
        return certificate;
    }

    /** Issues a certificate with this common name, good for 127.0.0.1; written over what the files held before. */
    public Issued issue(String file, String commonName) throws Exception {
        X509Bundle issued = new CertificateBuilder()
                .ecp256()
                .secureRandom(random)
                .subject("CN=" + commonName)
                .addSanIpAddress("127.0.0.1")
                .buildIssuedBy(authority);
        return new Issued(
                write(file + ".pem", issued.getCertificatePathPEM()), write(file + ".key", issued.getPrivateKeyPEM()));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
