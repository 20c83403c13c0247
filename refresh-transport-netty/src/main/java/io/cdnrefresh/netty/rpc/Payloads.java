// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.Standing;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The payloads of the small frames; docs/protocol.md. What follows the known fields of a handshake is ignored. */
final class Payloads {
    static final int NONCE_BYTES = 32;
    static final int MAX_PEERS = 64;
    private static final int MAX_TEXT_BYTES = 512;
    private static final int MIN_HEARTBEAT_MILLIS = 10;
    private static final int MAX_HEARTBEAT_MILLIS = 600_000;

    private Payloads() {}

    /** What an engine says first. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Welcome(
            int oldestVersion,
            int version,
            EngineEpoch engine,
            int heartbeatMillis,
            boolean takesSnappy,
            byte[] nonce,
            List<String> peers) {
        byte[] encode() {
            ByteBuffer out = ByteBuffer.allocate(64 + peers.size() * (MAX_TEXT_BYTES + 2));
            out.put((byte) oldestVersion).put((byte) version);
            out.putShort((short) engine.engine()).putLong(engine.epoch());
            out.putInt(heartbeatMillis).put((byte) (takesSnappy ? 1 : 0));
            out.put(nonce);
            putPeers(out, peers);
            return written(out);
        }

        static Welcome decode(byte[] payload) {
            return Payloads.read(payload, in -> {
                int oldest = in.get() & 0xff;
                int version = in.get() & 0xff;
                EngineEpoch engine = new EngineEpoch(in.getShort() & 0xffff, in.getLong());
                int heartbeatMillis = in.getInt();
                if (heartbeatMillis < MIN_HEARTBEAT_MILLIS || heartbeatMillis > MAX_HEARTBEAT_MILLIS) {
                    throw new IllegalArgumentException("heartbeat: " + heartbeatMillis + " ms");
                }
                boolean takesSnappy = in.get() != 0;
                byte[] nonce = new byte[NONCE_BYTES];
                in.get(nonce);
                return new Welcome(oldest, version, engine, heartbeatMillis, takesSnappy, nonce, getPeers(in));
            });
        }
    }

    /** What a proxy answers. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record HelloFrame(int version, boolean takesSnappy, byte[] proof, byte[] hello) {
        byte[] encode() {
            return ByteBuffer.allocate(3 + proof.length + hello.length)
                    .put((byte) version)
                    .put((byte) (takesSnappy ? 1 : 0))
                    .put((byte) proof.length)
                    .put(proof)
                    .put(hello)
                    .array();
        }

        static HelloFrame decode(byte[] payload) {
            return Payloads.read(payload, in -> {
                int version = in.get() & 0xff;
                boolean takesSnappy = in.get() != 0;
                byte[] proof = new byte[in.get() & 0xff];
                in.get(proof);
                byte[] hello = new byte[in.remaining()];
                in.get(hello);
                return new HelloFrame(version, takesSnappy, proof, hello);
            });
        }

        Hello content() {
            return HelloCodec.decode(hello);
        }
    }

    /** A refusal, or a notice that the engine is going. */
    record Farewell(Duration retryAfter, String reason) {
        byte[] encode() {
            ByteBuffer out = ByteBuffer.allocate(8 + MAX_TEXT_BYTES);
            out.putInt((int) Math.min(Math.max(0, retryAfter.toMillis()), Integer.MAX_VALUE));
            putText(out, reason);
            return written(out);
        }

        static Farewell decode(byte[] payload) {
            return Payloads.read(payload, in -> {
                int millis = in.getInt();
                if (millis < 0) {
                    throw new IllegalArgumentException("retry after: " + millis + " ms");
                }
                return new Farewell(Duration.ofMillis(millis), getText(in));
            });
        }
    }

    /** What an engine's heartbeat says: the engines that it knows of now. */
    static byte[] encodePeers(List<String> peers) {
        ByteBuffer out = ByteBuffer.allocate(1 + peers.size() * (MAX_TEXT_BYTES + 2));
        putPeers(out, peers);
        return written(out);
    }

    /** An engine that was there before heartbeats named others says nothing. */
    static List<String> decodePeers(byte[] payload) {
        return payload.length == 0 ? List.of() : read(payload, Payloads::getPeers);
    }

    /** An engine's heartbeat: its peers; then, if there is something to say, u8 word and u8 engines of a standing. */
    static byte[] encodeHeartbeat(List<String> peers, @Nullable Standing standing) {
        byte[] known = encodePeers(peers);
        if (standing == null) {
            return known;
        }
        byte[] all = Arrays.copyOf(known, known.length + 2);
        all[known.length] = (byte) standing.word().code();
        all[known.length + 1] = (byte) standing.engines();
        return all;
    }

    /** What a heartbeat says after its peers; null = nothing that this version knows. */
    static @Nullable Standing decodeStanding(byte[] payload) {
        if (payload.length == 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(payload);
        getPeers(in);
        Standing.Word word = in.remaining() < 2 ? null : Standing.Word.ofCode(in.get());
        return word == null ? null : new Standing(word, in.get() & 0xff);
    }

    private static void putPeers(ByteBuffer out, List<String> peers) {
        out.put((byte) peers.size());
        for (String peer : peers) {
            putText(out, peer);
        }
    }

    private static List<String> getPeers(ByteBuffer in) {
        int count = in.get() & 0xff;
        if (count > MAX_PEERS) {
            throw new IllegalArgumentException("peers: " + count + " (expected: at most " + MAX_PEERS + ")");
        }
        List<String> peers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            peers.add(getText(in));
        }
        return peers;
    }

    static byte[] number(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    static long readNumber(byte[] payload) {
        return read(payload, in -> {
            long value = in.getLong();
            if (value < 1 || in.hasRemaining()) {
                throw new IllegalArgumentException("number: " + value + " (expected: 1 or more, and nothing else)");
            }
            return value;
        });
    }

    private static <T> T read(byte[] payload, Function<ByteBuffer, T> reader) {
        try {
            return reader.apply(ByteBuffer.wrap(payload));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("payload: truncated at " + payload.length + " bytes", e);
        }
    }

    private static void putText(ByteBuffer out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(utf8.length, MAX_TEXT_BYTES);
        out.putShort((short) length).put(utf8, 0, length);
    }

    private static String getText(ByteBuffer in) {
        int length = in.getShort() & 0xffff;
        if (length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("text: " + length + " bytes (expected: at most " + MAX_TEXT_BYTES + ")");
        }
        byte[] utf8 = new byte[length];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static byte[] written(ByteBuffer out) {
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }
}
