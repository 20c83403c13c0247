// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import java.util.List;

/** An engine and a device that reports, each in its own process. Owned by one thread. */
final class EngineUnderLoad implements AutoCloseable {
    private final Fork engine;
    private final Fork device;
    private final int port;
    private double accepted;

    /** Starts both; {@code store}: {@code memory} or a JDBC URL. */
    EngineUnderLoad(String store) {
        this(new Fork(EngineProcess.class, Load.flags(Load.HEAP), store));
    }

    /** Starts a device for an {@link EngineProcess}, which is its own from now on. */
    EngineUnderLoad(Fork engine) {
        this.engine = engine;
        double[] ports = engine.ask("ports");
        port = (int) ports[0];
        device = new Fork(DeviceProcess.class, List.of("-Xmx512m", "-XX:+UseSerialGC"), "127.0.0.1:" + (int) ports[1]);
        if (device.ask("join")[0] != 1) {
            throw new IllegalStateException("the device was not taken");
        }
    }

    int port() {
        return port;
    }

    /**
     * One run with what the engine spent.
     *
     * @param load what the generator saw
     * @param perSecond tasks a second from the first request until all were final
     * @param drainMillis from the last 202 until all were final
     * @param lost accepted and not final
     * @param cpuMicros of the engine, a task
     * @param bytes allocated by the engine, a task
     */
    record Run(LoadResult load, double perSecond, double drainMillis, double lost, double cpuMicros, double bytes) {}

    /** Runs until every task is final. */
    Run closed(Load generator, int connections, int millis, int urls) {
        double cpu = engine.ask("cpu")[0];
        double bytes = engine.ask("allocated")[0];
        LoadResult load = generator.closed(port, connections, millis, urls);
        return end(load, cpu, bytes);
    }

    /** The same at a fixed rate. */
    Run open(Load generator, int connections, int millis, int rate) {
        double cpu = engine.ask("cpu")[0];
        double bytes = engine.ask("allocated")[0];
        LoadResult load = generator.open(port, connections, millis, rate);
        return end(load, cpu, bytes);
    }

    private Run end(LoadResult load, double cpu, double bytes) {
        accepted += load.answers();
        double[] finals = device.ask("await " + (long) accepted);
        double endNanos = Math.max(finals[1], load.lastNanos());
        double lost = accepted - finals[0];
        accepted = finals[0];
        return new Run(
                load,
                load.answers() * 1e9 / (endNanos - load.firstNanos()),
                (endNanos - load.lastNanos()) / 1e6,
                lost,
                (engine.ask("cpu")[0] - cpu) / 1e3 / load.answers(),
                (engine.ask("allocated")[0] - bytes) / load.answers());
    }

    double[] ask(String command) {
        return engine.ask(command);
    }

    @Override
    public void close() {
        device.close();
        engine.close();
    }
}
