// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.rpc.Payloads.HelloFrame;
import io.cdnrefresh.netty.rpc.Payloads.Welcome;
import io.cdnrefresh.spi.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * This version with a later one, both ways. A later one is played by hand: it says that it knows versions 1 to 3, appends
 * fields to WELCOME and HELLO, knows abilities and kinds of tasks that we do not, and speaks version 1 once that is chosen.
 */
class RpcMixedVersionsTest {
    private static final NettyLoops loops = NettyLoops.create();

    @AfterAll
    static void end() {
        loops.close();
    }

    private static byte[] appended(byte[] payload) {
        return Arrays.copyOf(payload, payload.length + 7);
    }

    @Test
    void negotiate_everyPairOfThree_choosesTheHighestInCommon() {
        assertThat(Protocol.negotiate(1, 1)).isEqualTo(1);
        assertThat(Protocol.negotiate(1, 3)).isEqualTo(1);
        assertThat(Protocol.negotiate(Protocol.CURRENT + 1, Protocol.CURRENT + 3))
                .isZero();
        assertThat(Protocol.negotiate(0, 0)).isZero();
        assertThat(Protocol.CURRENT - Protocol.OLDEST).isLessThanOrEqualTo(2);
    }

    @Test
    void laterEngine_ourProxy_worksAndAnswersWhatItCannotRead() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RpcProxyTransport transport = RpcProxyTransport.builder()
                    .loops(loops)
                    .engines(List.of("127.0.0.1:" + listening.getLocalPort()))
                    .build();
            ScriptedProxy proxy = new ScriptedProxy(transport, "d4");
            transport.start(proxy);
            try (RawPeer later = new RawPeer(listening.accept())) {
                Welcome welcome = new Welcome(1, 3, new EngineEpoch(1, 1), 5_000, true, new byte[32], List.of());
                later.send(FrameType.WELCOME, appended(welcome.encode()));
                HelloFrame hello = HelloFrame.decode(later.read(FrameType.HELLO).payload());
                assertThat(hello.version()).isEqualTo(1);
                assertThat(hello.content().device()).isEqualTo("d4");
                later.send(FrameType.ACCEPT, new byte[0]);
                later.send(FrameType.COMMANDS, CommandCodec.encode(1, RpcResilienceTest.commands(1, 2)));
                later.send(FrameType.COMMANDS, commandOfALaterKind());
                later.send(FrameType.COMMANDS, CommandCodec.encode(4, RpcResilienceTest.commands(4, 1)));
                await().until(() -> proxy.commands.get() == 3);
                assertThat(proxy.unread).containsExactly(3L);
                byte[] reports = later.read(FrameType.REPORTS).payload();
                assertThat(ReportCodec.decode(Arrays.copyOfRange(reports, 8, reports.length)))
                        .hasSize(2);
                later.send(FrameType.ACK, ByteBuffer.allocate(8).putLong(1).array());
                await().until(() -> proxy.acknowledged.get() == 1);
                assertThat(proxy.lost).isEmpty();
            } finally {
                transport.shutdown(Duration.ofSeconds(5));
            }
        }
    }

    /** First sequence 3, one command, id 77, step 0, five bytes of a body that starts with a time and goes on in a form that nobody knows yet. */
    private static byte[] commandOfALaterKind() {
        int[] bytes = {3, 1, 77, 0, 5, 0, 0, 255, 255, 255};
        byte[] out = new byte[bytes.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) bytes[i];
        }
        return out;
    }

    @Test
    void laterProxy_ourEngine_isTakenWithWhatWeKnow() throws IOException {
        RpcEngineTransport transport = RpcEngineTransport.builder().loops(loops).build();
        ScriptedEngine engine = new ScriptedEngine(transport);
        transport.start(new EngineEpoch(1, 1), engine);
        try (RawPeer later = new RawPeer(transport.port())) {
            Welcome welcome = Welcome.decode(later.read(FrameType.WELCOME).payload());
            assertThat(welcome.version()).isEqualTo(Protocol.CURRENT);
            byte[] hello = appended(HelloCodec.encode(ScriptedProxy.hello("d5")));
            later.send(FrameType.HELLO, new HelloFrame(1, true, new byte[0], hello).encode());
            later.read(FrameType.ACCEPT);
            await().until(() -> engine.connected.contains(5));
            Frame frame = transport.encode(9, RpcResilienceTest.commands(9, 1));
            transport.publish(frame, DeviceSet.of(5));
            frame.release();
            assertThat(CommandCodec.decode(later.read(FrameType.COMMANDS).payload()))
                    .hasSize(1);
        } finally {
            transport.shutdown(Duration.ofSeconds(5));
        }
    }

    @Test
    void laterProxy_thatHasDroppedOurVersion_isToldAndCostsNobodyElse() throws IOException {
        RpcEngineTransport transport = RpcEngineTransport.builder().loops(loops).build();
        ScriptedEngine engine = new ScriptedEngine(transport);
        transport.start(new EngineEpoch(1, 1), engine);
        try (RawPeer ours = new RawPeer(transport.port());
                RawPeer later = new RawPeer(transport.port())) {
            ours.join("d1");
            later.read(FrameType.WELCOME);
            later.sendHello(Protocol.CURRENT + 1, new byte[0], "d2");
            assertThat(Payloads.Farewell.decode(later.read(FrameType.ERROR).payload())
                            .reason())
                    .startsWith("version: 2 (expected: 1..1)");
            assertThat(later.isEnded()).isTrue();
            await().until(() -> engine.connected.contains(1));
        } finally {
            transport.shutdown(Duration.ofSeconds(5));
        }
    }
}
