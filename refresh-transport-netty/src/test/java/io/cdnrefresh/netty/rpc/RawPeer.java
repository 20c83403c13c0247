// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.HelloCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/** A blocking socket that speaks the protocol by hand, well or badly. */
final class RawPeer implements AutoCloseable {
    final Socket socket;
    private final DataInputStream in;

    RawPeer(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(10_000);
        in = new DataInputStream(socket.getInputStream());
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void send(FrameType type, byte[] payload) throws IOException {
        send(frame(type, 0, payload));
    }

    static byte[] frame(FrameType type, int flags, byte[] payload) {
        ByteBuf out = Unpooled.buffer(payload.length + Protocol.HEADER_BYTES);
        Protocol.write(out, type, flags, payload);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    InFrame read() throws IOException {
        int length = in.readInt();
        byte[] rest = new byte[length];
        in.readFully(rest);
        byte[] payload = Arrays.copyOfRange(rest, Protocol.COUNTED_BYTES, length);
        FrameType type = FrameType.ofCode(rest[3]);
        if (type == null) {
            throw new IOException("type " + rest[3]);
        }
        return new InFrame(type, payload);
    }

    InFrame read(FrameType wanted) throws IOException {
        InFrame frame = read();
        while (frame.type() != wanted) {
            frame = read();
        }
        return frame;
    }

    /** Becomes a device. */
    void join(String device) throws IOException {
        read(FrameType.WELCOME);
        sendHello(1, new byte[0], device);
        read(FrameType.ACCEPT);
    }

    void sendHello(int version, byte[] proof, String device) throws IOException {
        byte[] hello = HelloCodec.encode(ScriptedProxy.hello(device));
        send(FrameType.HELLO, new Payloads.HelloFrame(version, true, proof, hello).encode());
    }

    /** Whether the other side has ended the connection, by end of stream or reset; waits for it. */
    boolean isEnded() {
        try {
            while (in.read() >= 0) {
                // what was sent before the end does not matter
            }
            return true;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
