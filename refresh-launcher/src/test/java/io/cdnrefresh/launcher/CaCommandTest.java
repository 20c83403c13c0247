// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refresh ca}, and engine, proxies and commands that speak TLS with what it issues, as docs/tls.md has it. */
class CaCommandTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final Closing parts = new Closing();

    @AfterEach
    void stop() {
        parts.close();
    }

    private record Ended(int code, String out, String err) {}

    private static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    private Ended ca(String... arguments) {
        List<String> all = new ArrayList<>(List.of("ca"));
        all.addAll(Arrays.asList(arguments));
        all.addAll(List.of("--folder", folder.resolve("ca").toString()));
        return run(all.toArray(String[]::new));
    }

    private Path made(String... arguments) {
        Ended ended = ca(arguments);
        assertThat(ended.code).as(ended.err).isZero();
        return Path.of(ended.out.strip());
    }

    private static X509Certificate certificate(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    @Test
    void certificates_areSoundAndTheAuthoritys() throws Exception {
        Path authority = made("init", "--name", "CDN test");
        Path issued = made("issue", "engine-1", "--host", "engine-1.example.com", "--host", "127.0.0.1", "--days", "9");
        X509Certificate own = certificate(issued);
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(own));
        PKIXParameters rules = new PKIXParameters(Set.of(new TrustAnchor(certificate(authority), null)));
        rules.setRevocationEnabled(false);
        assertThat(CertPathValidator.getInstance("PKIX").validate(path, rules)).isNotNull();
        assertThat(own.getSubjectX500Principal().getName()).isEqualTo("CN=engine-1");
        assertThat(own.getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "engine-1.example.com"), List.of(7, "127.0.0.1"));
        assertThat(own.getExtendedKeyUsage()).hasSize(2);
        assertThat(own.getBasicConstraints()).as("it issues nothing").isEqualTo(-1);
        assertThat(own.getNotAfter().toInstant())
                .isBetween(Instant.now().plus(Duration.ofDays(8)), Instant.now().plus(Duration.ofDays(9)));
        for (String key : List.of("ca.key", "engine-1.key")) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(folder.resolve("ca").resolve(key))))
                    .isEqualTo("rw-------");
        }
        String secondSerial = certificate(made("issue", "engine-1", "--renew"))
                .getSerialNumber()
                .toString();
        assertThat(secondSerial).isNotEqualTo(own.getSerialNumber().toString());
    }

    @Test
    void whatIsThere_isNotWrittenOver() {
        assertThat(ca("issue", "edge-1").code).as("no authority yet").isEqualTo(ExitCode.FAILED);
        made("init");
        made("issue", "edge-1");
        assertThat(ca("init").code).isEqualTo(ExitCode.USAGE);
        assertThat(ca("issue", "edge-1").code).isEqualTo(ExitCode.USAGE);
        assertThat(ca("issue", "ca", "--renew").code).isEqualTo(ExitCode.USAGE);
        assertThat(ca("issue", "a/../b").code).isEqualTo(ExitCode.USAGE);
        assertThat(ca("issue", "edge-2", "--days", "0").code).isEqualTo(ExitCode.USAGE);
    }

    private EngineService engine(NettyLoops loops) {
        Path ca = folder.resolve("ca");
        List<String> set = List.of(
                "engine.http.port=0",
                "engine.rpc.port=0",
                "engine.data=" + folder.resolve("data"),
                "engine.http.tls=true",
                "engine.http.tls-cert=" + ca.resolve("engine-1.pem"),
                "engine.http.tls-key=" + ca.resolve("engine-1.key"),
                "engine.rpc.tls=true",
                "engine.rpc.tls-cert=" + ca.resolve("engine-1.pem"),
                "engine.rpc.tls-key=" + ca.resolve("engine-1.key"),
                "engine.rpc.tls-client-ca=" + ca.resolve("ca.pem"));
        EngineService engine =
                parts.add("engine", EngineService.start(ConfigLoader.load(null, Map.of(), set, List.of()), loops));
        engine.awaitReady();
        return engine;
    }

    private void proxy(EngineService engine, NettyLoops loops, String id, String certificate) {
        Path ca = folder.resolve("ca");
        List<String> set = List.of(
                "proxy.http.port=0",
                "proxy.id=" + id,
                "proxy.data=" + folder.resolve(id),
                "proxy.tls=true",
                "proxy.tls-ca=" + ca.resolve("ca.pem"),
                "proxy.tls-cert=" + ca.resolve(certificate + ".pem"),
                "proxy.tls-key=" + ca.resolve(certificate + ".key"));
        parts.add(
                id,
                ProxyService.start(
                        ConfigLoader.load(null, Map.of(), set, List.of()),
                        List.of(new Config.Cache("small", "http", "http://127.0.0.1:1", "back", null)),
                        List.of("127.0.0.1:" + engine.rpcPort()),
                        loops));
    }

    private String serialAt(int port) throws Exception {
        try (SSLSocket socket = (SSLSocket) Trust.in(folder.resolve("ca/ca.pem"))
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString();
        }
    }

    @Test
    void engineProxiesAndCommands_speakTlsWithThem_andRenewalNeedsNoRestart() throws IOException, Exception {
        made("init");
        made("issue", "engine-1", "--host", "127.0.0.1");
        made("issue", "edge-1");
        made("issue", "edge-2");
        NettyLoops loops = parts.add("loops", NettyLoops.create());
        EngineService engine = engine(loops);
        proxy(engine, loops, "thief", "edge-2");
        proxy(engine, loops, "edge-1", "edge-1");
        String[] devices = {
            "devices",
            "--engine",
            "https://127.0.0.1:" + engine.apiPort(),
            "--tls-ca",
            folder.resolve("ca/ca.pem").toString()
        };
        await().atMost(LIMIT).until(() -> run(devices).out.contains("edge-1"));
        assertThat(run(devices).out).doesNotContain("thief");
        assertThat(run(devices[0], devices[1], devices[2], "--retry-for", "1ms").code)
                .as("a client that does not trust the authority")
                .isEqualTo(ExitCode.UNREACHABLE);

        String before = serialAt(engine.apiPort());
        assertThat(before).isEqualTo(serialAt(engine.apiPort()));
        made("issue", "engine-1", "--host", "127.0.0.1", "--renew");
        await().atMost(LIMIT).until(() -> !serialAt(engine.apiPort()).equals(before));
        assertThat(run(devices).out).contains("edge-1");
    }
}
