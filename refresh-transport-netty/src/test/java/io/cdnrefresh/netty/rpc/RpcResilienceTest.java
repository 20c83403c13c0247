// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.rpc.Payloads.Welcome;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.ProxyToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RpcResilienceTest {
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final NettyLoops loops = NettyLoops.create();

    private final List<RpcEngineTransport> engines = new ArrayList<>();
    private final List<RpcProxyTransport> proxies = new ArrayList<>();

    static List<Command> commands(long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(n -> new Command(
                        new TaskId(n), 0, RefreshTask.purge("http://www.example.com/" + n), Instant.EPOCH, List.of()))
                .toList();
    }

    @AfterEach
    void stop() {
        proxies.forEach(proxy -> proxy.shutdown(DEADLINE));
        engines.forEach(engine -> engine.shutdown(DEADLINE));
    }

    @AfterAll
    static void end() {
        loops.close();
    }

    private RpcEngineTransport.Builder engine() {
        return RpcEngineTransport.builder().loops(loops).heartbeat(Duration.ofMillis(100));
    }

    private ScriptedEngine started(RpcEngineTransport transport, long epoch) {
        engines.add(transport);
        ScriptedEngine engine = new ScriptedEngine(transport);
        transport.start(new EngineEpoch(1, epoch), engine);
        return engine;
    }

    private RpcProxyTransport.Builder proxy(int... ports) {
        return RpcProxyTransport.builder()
                .loops(loops)
                .backoff(Duration.ofMillis(10), Duration.ofMillis(200))
                .engines(IntStream.of(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .toList());
    }

    private ScriptedProxy started(RpcProxyTransport transport, String device) {
        proxies.add(transport);
        ScriptedProxy proxy = new ScriptedProxy(transport, device);
        transport.start(proxy);
        return proxy;
    }

    private static void publish(RpcEngineTransport engine, long first, int count, DeviceSet devices) {
        Frame frame = engine.encode(first, commands(first, count));
        engine.publish(frame, devices);
        frame.release();
    }

    @Test
    void engineBackOnTheSamePort_proxyComesBack() {
        RpcEngineTransport first = engine().build();
        started(first, 1);
        int port = first.port();
        ScriptedProxy proxy = started(proxy(port).build(), "d1");
        await().until(() -> proxy.joined.size() == 1);
        first.shutdown(Duration.ofSeconds(1));
        await().until(() -> proxy.lost.size() == 1);
        RpcEngineTransport second = engine().port(port).build();
        ScriptedEngine engine = started(second, 2);
        await().until(() -> engine.connected.contains(1));
        publish(second, 1, 10, DeviceSet.of(1));
        await().until(() -> engine.reports.get() == 10 && proxy.acknowledged.get() == 1);
        assertThat(proxy.joined.get(1).engine()).isEqualTo(new EngineEpoch(1, 2));
    }

    @Test
    void silentProxy_isGone() throws IOException {
        RpcEngineTransport transport = engine().build();
        ScriptedEngine engine = started(transport, 1);
        try (RawPeer silent = new RawPeer(transport.port())) {
            silent.join("d4");
            await().until(() -> engine.connected.contains(4));
            await().until(() -> engine.gone.size() == 1);
            assertThat(engine.gone.get(0)).contains("silent");
        }
    }

    @Test
    void silentEngine_isLost() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ScriptedProxy proxy = started(proxy(listening.getLocalPort()).build(), "d4");
            try (RawPeer silent = new RawPeer(listening.accept())) {
                Welcome welcome = new Welcome(1, 3, new EngineEpoch(1, 1), 100, true, new byte[32], List.of());
                silent.send(FrameType.WELCOME, welcome.encode());
                InFrame hello = silent.read(FrameType.HELLO);
                assertThat(Payloads.HelloFrame.decode(hello.payload()).version())
                        .isEqualTo(1);
                silent.send(FrameType.ACCEPT, new byte[0]);
                await().until(() -> proxy.lost.size() == 1);
                assertThat(proxy.lost.get(0)).contains("silent");
            }
        }
    }

    @Test
    void engineOfANewerProtocolOnly_isNotJoined() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ScriptedProxy proxy = started(proxy(listening.getLocalPort()).build(), "d4");
            try (RawPeer newer = new RawPeer(listening.accept())) {
                Welcome welcome = new Welcome(2, 4, new EngineEpoch(1, 1), 100, true, new byte[32], List.of());
                newer.send(FrameType.WELCOME, welcome.encode());
                InFrame error = newer.read(FrameType.ERROR);
                assertThat(Payloads.Farewell.decode(error.payload()).reason()).startsWith("version: 2..4");
                assertThat(newer.isEnded()).isTrue();
            }
            assertThat(proxy.joined).isEmpty();
        }
    }

    @Test
    void stranger_withoutHello_holdsNoLinkForEver() throws IOException {
        RpcEngineTransport transport = engine().maxLinks(1).build();
        started(transport, 1);
        try (RawPeer first = new RawPeer(transport.port())) {
            first.read(FrameType.WELCOME);
            try (Socket second = new Socket(InetAddress.getLoopbackAddress(), transport.port())) {
                assertThat(new RawPeer(second).isEnded()).isTrue();
            }
        }
        await().until(() -> transport.links() == 0);
    }

    @Test
    void token_wrongOrMissing_isRefused() throws IOException {
        RpcEngineTransport transport = engine().token("s3cret").build();
        ScriptedEngine engine = started(transport, 1);
        try (RawPeer stranger = new RawPeer(transport.port())) {
            stranger.read(FrameType.WELCOME);
            stranger.sendHello(1, new byte[32], "d1");
            InFrame refusal = stranger.read(FrameType.REFUSE);
            assertThat(Payloads.Farewell.decode(refusal.payload()).reason()).isEqualTo("wrong token");
        }
        ScriptedProxy wrong = started(proxy(transport.port()).token("other").build(), "d2");
        await().until(() -> wrong.lost.size() == 1);
        ScriptedProxy right = started(proxy(transport.port()).token("s3cret").build(), "d3");
        await().until(() -> engine.connected.contains(3));
        assertThat(engine.connected).containsExactly(3);
        assertThat(right.lost).isEmpty();
        assertThat(wrong.joined).isEmpty();
    }

    @Test
    void tokenPerDevice_isForNoOtherDevice() {
        RpcEngineTransport transport = engine().token("s3cret").tokenPerDevice().build();
        ScriptedEngine engine = started(transport, 1);
        String own = ProxyToken.of("s3cret", "d3");
        ScriptedProxy other = started(proxy(transport.port()).token(own).build(), "d2");
        ScriptedProxy engines = started(proxy(transport.port()).token("s3cret").build(), "d1");
        ScriptedProxy none = started(proxy(transport.port()).build(), "d4");
        await().until(() -> other.lost.size() == 1 && engines.lost.size() == 1 && none.lost.size() == 1);
        ScriptedProxy right = started(proxy(transport.port()).token(own).build(), "d3");
        await().until(() -> engine.connected.contains(3));
        assertThat(engine.connected).containsExactly(3);
        assertThat(right.lost).isEmpty();
    }

    @Test
    void engineTellsOfAnother_proxyDialsItOnce() {
        RpcEngineTransport other = engine().build();
        engines.add(other);
        ScriptedEngine second = new ScriptedEngine(other);
        other.start(new EngineEpoch(2, 1), second);
        List<String> peers = List.of("127.0.0.1:" + other.port(), "localhost:" + other.port());
        RpcEngineTransport told = engine().peers(() -> peers).build();
        ScriptedEngine first = started(told, 1);
        ScriptedProxy proxy = started(proxy(told.port()).build(), "d1");
        await().until(() -> first.connected.contains(1) && second.connected.contains(1));
        await().during(Duration.ofMillis(200)).until(() -> proxy.joined.size() == 2 && proxy.lost.isEmpty());
    }

    @Test
    void thousandDevices_connectGetAndReport() {
        RpcEngineTransport transport = engine().heartbeat(Duration.ofSeconds(5)).build();
        ScriptedEngine engine = started(transport, 1);
        List<ScriptedProxy> fleet = IntStream.range(0, 1_000)
                .mapToObj(i -> started(
                        proxy(transport.port()).spread(Duration.ofSeconds(1)).build(), "d" + i))
                .toList();
        await().atMost(Duration.ofSeconds(60)).until(() -> engine.connected.size() == 1_000);
        DeviceSet.Builder all = new DeviceSet.Builder();
        IntStream.range(0, 1_000).forEach(all::add);
        for (int i = 0; i < 20; i++) {
            publish(transport, 1 + i * 10L, 10, all.build());
        }
        publish(transport, 201, 1, DeviceSet.of(7));
        await().atMost(Duration.ofSeconds(60)).until(() -> engine.reports.get() == 200_001);
        assertThat(fleet.get(7).commands.get()).isEqualTo(201);
        assertThat(fleet).allMatch(proxy -> proxy.commands.get() >= 200 && proxy.lost.isEmpty());
        await().until(() -> fleet.stream().allMatch(proxy -> proxy.acknowledged.get() >= 20));
        assertThat(transport.links()).isEqualTo(1_000);
        assertThat(engine.gone).isEmpty();
    }

    @Test
    void builders_badValues_areNamed() {
        assertThatThrownBy(() -> proxy(1).engines(List.of("host")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("engine: host (expected: host:port");
        assertThatThrownBy(() -> proxy(1).engines(List.of("::1:9"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> engine().port(70_000)).hasMessage("port: 70000 (expected: 0..65535)");
        assertThat(Addresses.parse("[::1]:9").getHostString()).isEqualTo("::1");
    }
}
