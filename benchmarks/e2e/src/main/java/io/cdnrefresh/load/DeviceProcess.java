// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One device over the product's own {@link RpcProxyTransport}, in a process of its own. It says of every command that it
 * is done and verified. Since an engine acknowledges a report when what it says is stored, a task of which this device was
 * told is final when its report is acknowledged.
 */
final class DeviceProcess {
    private final ReportingDevice device;

    private DeviceProcess(ReportingDevice device) {
        this.device = device;
    }

    /** Argument: the engine's address. Answers {@code join}; {@code await N}: acknowledged reports and when the last came. */
    public static void main(String[] arguments) throws IOException {
        NettyLoops loops = NettyLoops.builder().httpThreads(1).build();
        RpcProxyTransport transport = RpcProxyTransport.builder()
                .engines(List.of(arguments[0]))
                .loops(loops)
                .build();
        ReportingDevice reporting = new ReportingDevice(transport, "device");
        DeviceProcess device = new DeviceProcess(reporting);
        transport.start(reporting);
        Fork.serve(command -> {
            String[] words = command.split(" ", -1);
            return switch (words[0]) {
                case "join" -> device.awaitJoin();
                case "await" -> device.await(Long.parseLong(words[1]));
                default -> Processes.figures(command);
            };
        });
        System.exit(0); // the engine may be gone by now: nothing to say good-bye to
    }

    private double[] awaitJoin() {
        try {
            return new double[] {device.joined.await(30, TimeUnit.SECONDS) ? 1 : 0};
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new double[] {0};
        }
    }

    /** Waits until so many are acknowledged, or for 5 s none was. */
    private double[] await(long count) {
        long heard = device.acknowledged.get();
        long heardNanos = System.nanoTime();
        while (heard < count && System.nanoTime() - heardNanos < 5_000_000_000L) {
            LockSupport.parkNanos(2_000_000);
            if (device.acknowledged.get() != heard) {
                heard = device.acknowledged.get();
                heardNanos = System.nanoTime();
            }
        }
        return new double[] {device.acknowledged.get(), device.lastNanos};
    }
}
