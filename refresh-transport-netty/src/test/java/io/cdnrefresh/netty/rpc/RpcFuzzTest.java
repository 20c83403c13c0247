// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.codec.HealthCodec;
import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.ProxyHealth;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RpcFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 20_261_122);
    private static final int FRAMES = Integer.getInteger("refresh.fuzz", 100_000);
    private static final int CONNECTIONS = 500;

    private static final NettyLoops loops = NettyLoops.create();
    private static ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

    private final RpcEngineTransport transport = RpcEngineTransport.builder()
            .loops(loops)
            .maxFrameBytes(1 << 20)
            .heartbeat(Duration.ofSeconds(1))
            .build();
    private final ScriptedEngine engine = new ScriptedEngine(transport);

    @BeforeAll
    static void watch() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }

    @AfterAll
    static void end() {
        ResourceLeakDetector.setLevel(before);
        loops.close();
    }

    @BeforeEach
    void start() {
        transport.start(new EngineEpoch(1, 1), engine);
    }

    @AfterEach
    void stop() {
        transport.shutdown(Duration.ofSeconds(5));
    }

    @Test
    void decoder_anyBytes_onlyFramesOrFaults() {
        SplittableRandom random = new SplittableRandom(SEED);
        int faults = 0;
        for (int i = 0; i < FRAMES; i++) {
            byte[] bytes = badFrame(random);
            EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(1 << 20));
            try {
                channel.writeInbound(Unpooled.wrappedBuffer(bytes));
                channel.finish();
            } catch (DecoderException e) {
                assertThat(e.getCause()).as("seed %d frame %d", SEED, i).isInstanceOf(IllegalArgumentException.class);
                faults++;
            } finally {
                channel.inboundMessages().forEach(ReferenceCountUtil::release);
                channel.inboundMessages().clear();
            }
        }
        assertThat(faults).isGreaterThan(FRAMES / 3);
    }

    @Test
    void engine_badFrames_closeOnlyTheirConnection() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        try (RawPeer good = new RawPeer(transport.port())) {
            good.join("d1");
            for (int i = 0; i < CONNECTIONS; i++) {
                try (RawPeer bad = new RawPeer(transport.port())) {
                    if (random.nextInt(3) > 0) {
                        bad.join("d" + (2 + random.nextInt(3)));
                    }
                    sendBadly(random, bad);
                }
                if (i % 100 == 0) {
                    good.send(FrameType.HEARTBEAT, health());
                }
            }
            stillWorks(good);
        }
        assertThat(transport.protocolFaults()).isPositive();
        await().until(() -> transport.links() == 0);
    }

    /** A fault that names itself ends the connection at once. */
    @Test
    void engine_eachFault_isAnsweredWithTheEnd() throws IOException {
        byte[] fine = RawPeer.frame(FrameType.HEARTBEAT, 0, health());
        byte[] reports = ByteBuffer.allocate(8 + reports().length)
                .putLong(1)
                .put(reports())
                .array();
        byte[] bomb = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 0, 0};
        byte[] replay = RawPeer.frame(FrameType.REPORTS, 0, reports);
        List<byte[]> faults = List.of(
                with(fine, 0, 0x7f),
                with(fine, 4, 0),
                with(fine, 6, 2),
                with(fine, 6, 0),
                with(fine, 7, 77),
                with(fine, 8, 1),
                with(fine, 9, 1),
                with(fine, 10, fine[10] + 1),
                with(fine, fine.length - 1, fine[fine.length - 1] + 1),
                RawPeer.frame(FrameType.REPORTS, Protocol.SNAPPY, bomb),
                RawPeer.frame(FrameType.REPORTS, 0, new byte[3]),
                RawPeer.frame(FrameType.ACCEPT, 0, new byte[0]),
                RawPeer.frame(FrameType.HELLO, 0, new byte[5]),
                RawPeer.frame(FrameType.ACK, 0, Payloads.number(1)),
                ByteBuffer.allocate(replay.length * 2).put(replay).put(replay).array());
        for (int i = 0; i < faults.size(); i++) {
            try (RawPeer peer = new RawPeer(transport.port())) {
                peer.join("d1");
                peer.send(faults.get(i));
                assertThat(peer.isEnded()).as("fault %d", i).isTrue();
            }
        }
        assertThat(transport.protocolFaults()).isEqualTo(faults.size());
    }

    private void stillWorks(RawPeer good) throws IOException {
        await().until(() -> engine.connected.contains(1));
        Frame frame = transport.encode(5, RpcResilienceTest.commands(5, 3));
        transport.publish(frame, DeviceSet.of(1));
        frame.release();
        assertThat(ByteBuffer.wrap(good.read(FrameType.COMMANDS).payload()).get())
                .isEqualTo((byte) 5);
    }

    private static void sendBadly(SplittableRandom random, RawPeer peer) {
        try {
            for (int n = random.nextInt(20); n >= 0; n--) {
                peer.send(badFrame(random));
            }
        } catch (IOException closedByTheEngine) {
            assertThat(closedByTheEngine.getMessage()).isNotNull();
        }
    }

    private static byte[] with(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static byte[] health() {
        return HealthCodec.encode(new ProxyHealth(Instant.EPOCH, 0, 0, 0, true));
    }

    private static byte[] reports() {
        return ReportCodec.encode(
                List.of(new Report(new TaskId(1), 0, 1, true, Outcome.VERIFIED, List.of(), Instant.EPOCH)));
    }

    /** Random, truncated, oversized, flipped, forged, out of place, several at once. */
    private static byte[] badFrame(SplittableRandom random) {
        byte[] payload = switch (random.nextInt(4)) {
            case 0 -> health();
            case 1 ->
                ByteBuffer.allocate(8 + reports().length)
                        .putLong(random.nextInt(4))
                        .put(reports())
                        .array();
            case 2 -> HelloCodec.encode(ScriptedProxy.hello("d9"));
            default -> randomBytes(random, random.nextInt(200));
        };
        FrameType[] types = FrameType.values();
        byte[] frame = RawPeer.frame(types[random.nextInt(types.length)], 0, payload);
        switch (random.nextInt(8)) {
            case 0 -> frame = randomBytes(random, random.nextInt(400));
            case 1 -> frame = Arrays.copyOf(frame, random.nextInt(frame.length));
            case 2 -> ByteBuffer.wrap(frame).putInt(0, random.nextInt());
            case 3 -> frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
            case 4 -> frame = forgedSnappy(random, payload);
            case 5 -> frame[4 + random.nextInt(6)] = (byte) random.nextInt();
            case 6 -> {
                frame[4 + random.nextInt(6)] = (byte) random.nextInt();
                mendChecksum(frame);
            }
            default -> frame = Arrays.copyOf(frame, frame.length + random.nextInt(20));
        }
        return frame;
    }

    private static byte[] forgedSnappy(SplittableRandom random, byte[] payload) {
        byte[] block = Arrays.copyOf(payload, payload.length + 5);
        for (int i = 0; i < 4; i++) {
            block[i] = (byte) (0x80 | random.nextInt());
        }
        block[4] = (byte) random.nextInt(16);
        return RawPeer.frame(FrameType.REPORTS, Protocol.SNAPPY, block);
    }

    private static void mendChecksum(byte[] frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame, 4, 6);
        crc.update(frame, Protocol.HEADER_BYTES, frame.length - Protocol.HEADER_BYTES);
        ByteBuffer.wrap(frame).putInt(10, (int) crc.getValue());
    }

    private static byte[] randomBytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
