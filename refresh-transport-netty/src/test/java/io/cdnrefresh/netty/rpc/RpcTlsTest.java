// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.testkit.TestAuthority;
import io.cdnrefresh.netty.testkit.TestAuthority.Issued;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.spi.Frame;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RpcTlsTest {
    private static final NettyLoops loops = NettyLoops.create();

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private TestAuthority authority;
    private RpcEngineTransport transport;
    private ScriptedEngine engine;
    private TlsFiles engineFiles;

    @BeforeEach
    void start() throws Exception {
        authority = new TestAuthority(folder, "ours");
        Issued issued = authority.issue("engine", "engine");
        engineFiles = add(TlsFiles.server(issued.certificate(), issued.key(), authority.certificate()));
        transport = RpcEngineTransport.builder()
                .loops(loops)
                .heartbeat(Duration.ofMillis(500))
                .tls(engineFiles)
                .namedByCertificate()
                .build();
        engine = new ScriptedEngine(transport);
        transport.start(new EngineEpoch(1, 1), engine);
        parts.push(() -> transport.shutdown(Duration.ofSeconds(5)));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable part : parts) {
            part.close();
        }
    }

    @AfterAll
    static void end() {
        loops.close();
    }

    private <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    private ScriptedProxy proxy(String device, TlsFiles files) {
        RpcProxyTransport proxy = RpcProxyTransport.builder()
                .loops(loops)
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(1))
                .tls(add(files))
                .engines(List.of("127.0.0.1:" + transport.port()))
                .build();
        parts.push(() -> proxy.shutdown(Duration.ofSeconds(5)));
        ScriptedProxy scripted = new ScriptedProxy(proxy, device);
        proxy.start(scripted);
        return scripted;
    }

    private TlsFiles files(TestAuthority trusted, Issued own) {
        return TlsFiles.client(trusted.certificate(), own.certificate(), own.key());
    }

    private void assertWorks(ScriptedProxy proxy, int device) {
        await().until(() -> engine.connected.contains(device));
        int before = proxy.commands.get();
        Frame frame = transport.encode(1, RpcResilienceTest.commands(1, 10));
        transport.publish(frame, DeviceSet.of(device));
        frame.release();
        await().until(() -> proxy.commands.get() == before + 10);
    }

    @Test
    void certificateNamesTheDevice_isTaken() throws Exception {
        ScriptedProxy proxy = proxy("d1", files(authority, authority.issue("d1", "d1")));
        assertWorks(proxy, 1);
        await().until(() -> engine.reports.get() == 10);
    }

    @Test
    void certificateNamesAnother_isRefused() throws Exception {
        ScriptedProxy wrong = proxy("d1", files(authority, authority.issue("d2", "d2")));
        await().until(() -> !wrong.lost.isEmpty());
        assertThat(wrong.lost.get(0)).contains("certificate");
        assertThat(engine.connected).isEmpty();
        assertThat(wrong.joined).isEmpty();
    }

    @Test
    void strangers_areNoDevices() throws Exception {
        TestAuthority foreign = new TestAuthority(folder, "foreign");
        ScriptedProxy without = proxy("d1", TlsFiles.client(authority.certificate(), null, null));
        ScriptedProxy issuedElsewhere = proxy("d2", files(authority, foreign.issue("f2", "d2")));
        ScriptedProxy trustsElsewhere = proxy("d3", files(foreign, authority.issue("d3", "d3")));
        ScriptedProxy right = proxy("d4", files(authority, authority.issue("d4", "d4")));
        assertWorks(right, 4);
        assertThat(engine.connected).containsExactly(4);
        assertThat(without.joined).isEmpty();
        assertThat(issuedElsewhere.joined).isEmpty();
        assertThat(trustsElsewhere.joined).isEmpty();
    }

    @Test
    void newFiles_areUsedForNewLinks_andOldLinksStay() throws Exception {
        ScriptedProxy before = proxy("d1", files(authority, authority.issue("d1", "d1")));
        assertWorks(before, 1);
        TestAuthority successor = new TestAuthority(folder, "successor");
        SslContext old = engineFiles.get();
        successor.issue("engine", "engine");
        await().until(() -> {
            engineFiles.reload();
            return !old.equals(engineFiles.get());
        });
        ScriptedProxy after = proxy("d2", files(successor, authority.issue("d2", "d2")));
        assertWorks(after, 2);
        assertWorks(before, 1);
        assertThat(before.lost).isEmpty();
    }

    @Test
    void newFiles_thatAreNone_leaveTheOldInUse() throws Exception {
        Files.writeString(folder.resolve("engine.pem"), "no certificate at all");
        assertThat(engineFiles.reload()).isFalse();
        assertWorks(proxy("d1", files(authority, authority.issue("d1", "d1"))), 1);
    }

    @Test
    void files_thatAreNotThere_areNamed() {
        Path missing = folder.resolve("missing.pem");
        assertThatThrownBy(() -> TlsFiles.server(missing, missing, null))
                .isInstanceOf(RefreshException.class)
                .hasMessageContaining("missing.pem");
    }
}
