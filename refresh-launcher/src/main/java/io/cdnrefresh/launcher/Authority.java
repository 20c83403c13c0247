// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority in a folder: {@code ca.pem} and {@code ca.key}, and beside them what it issues. P-256 keys, ECDSA
 * with SHA-256. Made for tests and small networks: there are no revocation lists. Not thread-safe.
 */
final class Authority {
    private static final byte[] ECDSA_SHA256 = Der.sequence(Der.id("1.2.840.10045.4.3.2"));
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);
    private static final String CA = "ca";

    private final Path folder;
    private final X509Certificate certificate;
    private final KeyPair keys;

    private Authority(Path folder, X509Certificate certificate, KeyPair keys) {
        this.folder = folder;
        this.certificate = certificate;
        this.keys = keys;
    }

    private record Subject(byte[] name, PublicKey key, List<byte[]> extensions) {}

    /** Whether the folder has one. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(CA + ".key")) || Files.exists(folder.resolve(CA + ".pem"));
    }

    /** Makes one; writes over what the folder has. */
    static Authority create(Path folder, String name, Duration validity) throws IOException, GeneralSecurityException {
        KeyPair pair = newKey();
        List<byte[]> extensions = List.of(
                extension("2.5.29.19", true, Der.sequence(Der.of(Der.BOOLEAN, new byte[] {(byte) 0xff}))),
                extension("2.5.29.15", true, Der.bits(1, new byte[] {0x06}))); // keyCertSign, cRLSign
        Subject self = new Subject(name(name), pair.getPublic(), extensions);
        X509Certificate own = signed(self.name, pair, self, validity);
        Files.createDirectories(folder);
        write(folder, CA, own, pair.getPrivate());
        return new Authority(folder, own, pair);
    }

    /** Reads the one of a folder. */
    static Authority open(Path folder) throws IOException, GeneralSecurityException {
        X509Certificate own;
        try (InputStream in = Files.newInputStream(folder.resolve(CA + ".pem"))) {
            own = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        String pem = Files.readString(folder.resolve(CA + ".key"));
        byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        PrivateKey secret = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
        return new Authority(folder, own, new KeyPair(own.getPublicKey(), secret));
    }

    /** The file with its certificate. */
    Path file() {
        return folder.resolve(CA + ".pem");
    }

    /**
     * Issues a certificate for a server and a client: {@code name.pem}, {@code name.key}. It writes over what they held.
     *
     * @param hosts names and addresses at which a server is reached
     * @return the certificate's file
     */
    Path issue(String name, List<String> hosts, Duration validity) throws IOException, GeneralSecurityException {
        KeyPair pair = newKey();
        List<byte[]> names = new ArrayList<>();
        for (String host : hosts) {
            names.add(isAddress(host) ? Der.of(0x87, address(host)) : Der.text(0x82, host));
        }
        List<byte[]> extensions = new ArrayList<>(List.of(
                extension("2.5.29.15", true, Der.bits(7, new byte[] {(byte) 0x80})), // digitalSignature
                extension("2.5.29.37", false, Der.sequence(Der.id("1.3.6.1.5.5.7.3.1"), Der.id("1.3.6.1.5.5.7.3.2")))));
        if (!names.isEmpty()) {
            extensions.add(extension("2.5.29.17", false, Der.sequence(names.toArray(byte[][]::new))));
        }
        Subject subject = new Subject(name(name), pair.getPublic(), extensions);
        X509Certificate issued = signed(certificate.getSubjectX500Principal().getEncoded(), keys, subject, validity);
        write(folder, name, issued, pair.getPrivate());
        return folder.resolve(name + ".pem");
    }

    private static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 || host.matches("[0-9]+(\\.[0-9]+){3}");
    }

    private static byte[] address(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host: " + literal + " (expected: a name or an address)", e);
        }
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static byte[] name(String commonName) {
        return Der.sequence(Der.set(Der.sequence(Der.id("2.5.4.3"), Der.text(Der.UTF8, commonName))));
    }

    private static byte[] keyId(PublicKey key) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), 20);
    }

    private static byte[] extension(String id, boolean isCritical, byte[] value) {
        byte[] critical = isCritical ? Der.of(Der.BOOLEAN, new byte[] {(byte) 0xff}) : new byte[0];
        return Der.sequence(Der.id(id), critical, Der.of(Der.OCTETS, value));
    }

    private static X509Certificate signed(byte[] issuer, KeyPair issuerKeys, Subject subject, Duration validity)
            throws GeneralSecurityException {
        Instant now = Instant.now();
        List<byte[]> extensions = new ArrayList<>(subject.extensions);
        extensions.add(extension("2.5.29.14", false, Der.of(Der.OCTETS, keyId(subject.key))));
        extensions.add(extension("2.5.29.35", false, Der.sequence(Der.of(0x80, keyId(issuerKeys.getPublic())))));
        byte[] content = Der.sequence(
                Der.explicit(0, Der.integer(BigInteger.TWO)), // version 3
                Der.integer(new BigInteger(127, new SecureRandom())),
                ECDSA_SHA256,
                issuer,
                Der.sequence(Der.time(now.minus(CLOCKS_DIFFER)), Der.time(now.plus(validity))),
                subject.name,
                subject.key.getEncoded(),
                Der.explicit(3, Der.sequence(extensions.toArray(byte[][]::new))));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(issuerKeys.getPrivate());
        signature.update(content);
        byte[] whole = Der.sequence(content, ECDSA_SHA256, Der.bits(signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    /** The key first: who reads the files again when the certificate changes finds both. */
    private static void write(Path folder, String name, X509Certificate certificate, PrivateKey key)
            throws IOException, GeneralSecurityException {
        replace(folder, name + ".key", pem("PRIVATE KEY", key.getEncoded()), "rw-------");
        replace(folder, name + ".pem", pem("CERTIFICATE", certificate.getEncoded()), "rw-r--r--");
    }

    private static void replace(Path folder, String name, String text, String mode) throws IOException {
        Path fresh = Files.createTempFile(folder, "new", ".pem"); // nobody else may read it
        Files.writeString(fresh, text);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
        Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String pem(String kind, byte[] der) {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
    }
}
