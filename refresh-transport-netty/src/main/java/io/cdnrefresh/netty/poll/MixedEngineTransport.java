// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One engine, proxies over RPC and over HTTP at once. Thread-safe. A device is linked one way at a time: the engine
 * answers each hello, and a link that it accepts replaces the other way's.
 *
 * <p>A frame holds the form of RPC, and that of HTTP as well if a device was linked over HTTP when it was made; such a
 * device that comes later gets what it missed translated for it alone.
 */
public final class MixedEngineTransport implements EngineTransport {
    private final RpcEngineTransport rpc;
    private final HttpEngineTransport http;
    private final Map<Integer, EngineTransport> ways = new ConcurrentHashMap<>();

    /** Joins two transports that are not started; they are this one's from now on. */
    public MixedEngineTransport(RpcEngineTransport rpc, HttpEngineTransport http) {
        this.rpc = requireNonNull(rpc, "rpc");
        this.http = requireNonNull(http, "http");
        http.translate(this::forHttp);
    }

    /** A frame in both forms. */
    private record MixedFrame(Frame rpc, @Nullable PollFrame http, long firstSequence) implements Frame {
        @Override
        public void retain() {
            rpc.retain();
            if (http != null) {
                http.retain();
            }
        }

        @Override
        public void release() {
            rpc.release();
            if (http != null) {
                http.release();
            }
        }

        @Override
        public int sizeBytes() {
            return rpc.sizeBytes() + (http == null ? 0 : http.sizeBytes());
        }
    }

    /** References to the form of HTTP; that of RPC is pooled memory, watched by Netty. */
    static int references(Frame frame) {
        PollFrame http = ((MixedFrame) frame).http();
        return http == null ? 0 : http.references();
    }

    private PollFrame forHttp(Frame frame) {
        MixedFrame mixed = (MixedFrame) frame;
        PollFrame made = mixed.http();
        return made != null ? made : new PollFrame(mixed.firstSequence(), rpc.commandsOf(mixed.rpc()));
    }

    @Override
    public void start(EngineEpoch engine, Handler handler) {
        http.start(engine, new Way(http, rpc, handler));
        rpc.start(engine, new Way(rpc, http, handler));
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        Frame forRpc = rpc.encode(firstSequence, commands);
        PollFrame forHttp = http.hasDevices() ? (PollFrame) http.encode(firstSequence, commands) : null;
        return new MixedFrame(forRpc, forHttp, firstSequence);
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        rpc.publish(((MixedFrame) frame).rpc(), devices);
        http.publish(frame, devices);
    }

    @Override
    public void resume(int device, FrameSource source) {
        if (http.equals(ways.get(device))) {
            http.resume(device, source);
        } else {
            rpc.resume(device, () -> {
                Frame next = source.next();
                if (next == null) {
                    return null;
                }
                // The source's reference is of both forms; the link keeps one of its own.
                MixedFrame mixed = (MixedFrame) next;
                mixed.rpc().retain();
                mixed.release();
                return mixed.rpc();
            });
        }
    }

    @Override
    public void tell(int device, Standing standing) {
        rpc.tell(device, standing);
        http.tell(device, standing);
    }

    @Override
    public void disconnect(int device, String reason) {
        rpc.disconnect(device, reason);
        http.disconnect(device, reason);
    }

    @Override
    public void shutdown(Duration deadline) {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        http.leave();
        rpc.shutdown(deadline);
        http.shutdown(Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime())));
    }

    /** The engine as one of the two sees it: nothing comes through from a link that the other one's has replaced. */
    private final class Way implements Handler {
        private final EngineTransport own;
        private final EngineTransport other;
        private final Handler engine;

        Way(EngineTransport own, EngineTransport other, Handler engine) {
            this.own = own;
            this.other = other;
            this.engine = engine;
        }

        private boolean isCurrent(int device) {
            return own.equals(ways.get(device));
        }

        @Override
        public void onHello(Hello hello, HelloResponder responder) {
            engine.onHello(hello, new HelloResponder() {
                @Override
                public void accept(int device, Runnable joined) {
                    if (other.equals(ways.put(device, own))) {
                        other.disconnect(device, "replaced by a link of another kind");
                    }
                    responder.accept(device, () -> {
                        synchronized (ways) {
                            ways.put(device, own); // an older link of this kind may have gone meanwhile
                            joined.run();
                        }
                    });
                }

                @Override
                public void refuse(String reason, Duration retryAfter) {
                    responder.refuse(reason, retryAfter);
                }
            });
        }

        @Override
        public void onReports(int device, List<Report> reports, Runnable acknowledge) {
            if (isCurrent(device)) {
                engine.onReports(device, reports, acknowledge);
            }
        }

        @Override
        public void onHeartbeat(int device, ProxyHealth health) {
            if (isCurrent(device)) {
                engine.onHeartbeat(device, health);
            }
        }

        @Override
        public void onLagging(int device, long fromSequence) {
            if (isCurrent(device)) {
                engine.onLagging(device, fromSequence);
            }
        }

        @Override
        public void onGone(int device, String reason) {
            // what the other way says of the device comes before this or after it
            synchronized (ways) {
                if (ways.remove(device, own)) {
                    engine.onGone(device, reason);
                }
            }
        }
    }
}
