// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import java.util.ArrayList;
import java.util.List;

/** Generator processes that load one port together. Owned by one thread. */
final class Load implements AutoCloseable {
    private static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC");

    /** The heap of an engine, as docs/tuning.md advises: all of it is there before the first request. */
    static final List<String> HEAP = List.of("-Xms6g", "-Xmx6g", "-XX:+AlwaysPreTouch");

    private final Fork process = new Fork(LoadProcess.class, FLAGS);

    /** As fast as answers come. */
    LoadResult closed(int port, int connections, int millis, int urls) {
        return run(port, connections, millis, 0, urls);
    }

    /** So many requests a second, whatever the answers do. */
    LoadResult open(int port, int connections, int millis, int rate) {
        return run(port, connections, millis, rate, 1);
    }

    private LoadResult run(int port, int connections, int millis, int rate, int urls) {
        return LoadResult.of(
                process.ask("run " + port + " " + connections + " " + millis + " " + rate + " " + urls + " 1"));
    }

    @Override
    public void close() {
        process.close();
    }

    /** Java's flags for an engine or a reference: {@code -Dload.flags="..."}, else the given ones. */
    static List<String> flags(String... defaults) {
        return flags(List.of(defaults));
    }

    static List<String> flags(List<String> defaults) {
        String given = System.getProperty("load.flags");
        return given == null ? defaults : new ArrayList<>(List.of(given.split("[ #]+", -1)));
    }
}
