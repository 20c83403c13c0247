// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.poll.HttpEngineTransport;
import io.cdnrefresh.netty.rpc.LeanFrames;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The engine's side of {@link TransportGoal}, in a process of its own. Argument: {@code rpc}, {@code http} (both the product's
 * transports) or {@code posts} (one request a command over the product's client, 200 at once).
 *
 * <p>{@code port}: where devices may dial. {@code join DEVICES PORT}: waits for them; how many there are. {@code deliver N}:
 * sends so many commands to each, at most 4,096 ahead of the slowest reports; seconds until the last report.
 * {@code carried}: bytes of all streams so far.
 */
final class PushEngine implements EngineTransport.Handler {
    private static final int BATCH = 64;
    private static final int AHEAD = 4_096;
    private static final int IN_FLIGHT = 200;
    private static final Pattern BYTES = Pattern.compile("bytes_(?:sent|received):(\\d+)");

    private final LongAdder joined = new LongAdder();
    private final LongAdder reported = new LongAdder();
    private final NettyLoops loops = NettyLoops.builder().httpThreads(1).build();
    private final @Nullable EngineTransport transport;
    private final HttpClient client;
    private int port;
    private int devices;
    private long sequence = 1;

    private PushEngine(String kind) {
        client = HttpClient.builder()
                .loops(loops)
                .maxInFlightPerHost(IN_FLIGHT)
                .maxIdlePerHost(IN_FLIGHT)
                .maxWaitingPerHost(16 * AHEAD)
                .build();
        transport = switch (kind) {
            case "rpc" -> {
                RpcEngineTransport rpc = RpcEngineTransport.builder()
                        .host("127.0.0.1")
                        .port(0)
                        .loops(loops)
                        .build();
                rpc.start(new EngineEpoch(1, 1), this);
                port = rpc.port();
                yield rpc;
            }
            case "http" -> {
                HttpEngineTransport http =
                        HttpEngineTransport.builder().loops(loops).build();
                HttpApiServer server = HttpApiServer.builder(http.endpoint((request, responder) ->
                                responder.respond(new ApiResponse(404, "", List.of(), new byte[0]))))
                        .host("127.0.0.1")
                        .port(0)
                        .loops(loops)
                        .build();
                http.start(new EngineEpoch(1, 1), this);
                server.start();
                port = server.port();
                yield http;
            }
            default -> null;
        };
    }

    public static void main(String[] arguments) throws IOException {
        PushEngine engine = new PushEngine(arguments[0]);
        Fork.serve(command -> {
            String[] words = command.split(" ", -1);
            return switch (words[0]) {
                case "port" -> new double[] {engine.port};
                case "join" -> engine.join(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                case "deliver" -> engine.deliver(Integer.parseInt(words[1]));
                case "carried" -> engine.carried();
                default -> Processes.figures(command);
            };
        });
        System.exit(0);
    }

    private double[] join(int count, int devicesPort) {
        devices = count;
        if (transport == null) {
            port = devicesPort;
            return new double[] {count};
        }
        long end = System.nanoTime() + 30_000_000_000L;
        while (joined.sum() < count && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        return new double[] {joined.sum()};
    }

    private double[] deliver(int commands) {
        long before = reported.sum();
        long start = System.nanoTime();
        for (int sent = 0; sent < commands; sent += BATCH) {
            int count = Math.min(BATCH, commands - sent);
            awaitReports(before + (long) (sent + count - AHEAD) * devices);
            List<Command> batch = commands(count);
            if (transport == null) {
                batch.forEach(this::post);
            } else {
                publish(transport, batch);
            }
            sequence += count;
        }
        awaitReports(before + (long) commands * devices);
        return new double[] {(System.nanoTime() - start) / 1e9};
    }

    private void awaitReports(long wanted) {
        while (reported.sum() < wanted) {
            LockSupport.parkNanos(20_000);
        }
    }

    private List<Command> commands(int count) {
        List<Command> commands = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long number = sequence + i;
            commands.add(new Command(
                    new TaskId(number << 22 | 1),
                    0,
                    RefreshTask.purge(LeanFrames.url(number * 1_000_003L))
                            .withTrace("00-" + "5".repeat(16) + Long.toHexString(number | 1L << 60) + "-"
                                    + Long.toHexString(number | 1L << 60) + "-01"),
                    Instant.ofEpochSecond(1_795_000_000L),
                    List.of()));
        }
        return commands;
    }

    private void publish(EngineTransport to, List<Command> batch) {
        DeviceSet.Builder all = new DeviceSet.Builder();
        for (int device = 0; device < devices; device++) {
            all.add(device);
        }
        Frame frame = to.encode(sequence, batch);
        to.publish(frame, all.build());
        frame.release();
    }

    /** The same as JSON, to each device; the pool has room for what is ahead. */
    private void post(Command command) {
        byte[] body = ("{\"id\":\"" + command.id() + "\",\"step\":0,\"deadline\":\"" + command.deadline()
                        + "\",\"type\":\"url\",\"targets\":[\""
                        + command.task().targets().get(0).wire()
                        + "\"],\"verify\":\"all\",\"traceparent\":\""
                        + command.task().trace() + "\"}")
                .getBytes(StandardCharsets.US_ASCII);
        for (int device = 0; device < devices; device++) {
            HttpCall call = HttpCall.to("POST", "127.0.0.1", port, "/v1/proxy/task")
                    .header("Content-Type", "application/json")
                    .body(body)
                    .keepBodyBytes(1_024)
                    .build();
            client.execute(call, reply -> {
                if (!(reply instanceof HttpReply.Response response) || response.status() != 200) {
                    throw new IllegalStateException("not delivered: " + reply);
                }
                reported.increment();
            });
        }
    }

    /** As the kernel counts it for each socket of the port. */
    private double[] carried() {
        try {
            String side = transport == null ? "dport" : "sport";
            Process ss = new ProcessBuilder("ss", "-tinH", "state", "established", side + " = :" + port)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Matcher matcher = BYTES.matcher(new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            double sum = 0;
            while (matcher.find()) {
                sum += Double.parseDouble(matcher.group(1));
            }
            return new double[] {sum};
        } catch (IOException notHere) {
            throw new IllegalStateException("ss: not found (expected: iproute2 is installed)", notHere);
        }
    }

    @Override
    public void onHello(Hello hello, EngineTransport.HelloResponder responder) {
        int device = Integer.parseInt(hello.device().substring("device-".length()));
        responder.accept(device);
        EngineTransport of = transport;
        if (of != null) {
            of.resume(device, () -> {
                joined.increment();
                return null;
            });
        }
    }

    @Override
    public void onReports(int device, List<Report> reports, Runnable acknowledge) {
        reported.add(reports.size());
        acknowledge.run();
    }

    @Override
    public void onHeartbeat(int device, ProxyHealth health) {}

    @Override
    public void onLagging(int device, long fromSequence) {
        throw new IllegalStateException("device " + device + " lags from " + fromSequence);
    }

    @Override
    public void onGone(int device, String reason) {
        throw new IllegalStateException("device " + device + " is gone: " + reason);
    }
}
