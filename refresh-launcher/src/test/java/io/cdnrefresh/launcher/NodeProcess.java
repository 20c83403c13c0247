// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts the proxy of a node with one cache, as its operator would: from a file. */
final class NodeProcess {
    private NodeProcess() {}

    /**
     * A proxy named {@code node-1}, joined to the engine at the port.
     *
     * @param driver {@code ats}, {@code varnish}, {@code nginx} or {@code squid}
     */
    static LauncherProcess start(Path folder, int rpcPort, String driver, RealCache cache) {
        Path config = folder.resolve("proxy.toml");
        try {
            Files.writeString(config, """
                    [proxy]
                    id = "node-1"
                    engines = ["127.0.0.1:%d"]
                    [proxy.http]
                    port = %d
                    [[proxy.cache]]
                    name = "cache"
                    driver = "%s"
                    url = "http://127.0.0.1:%d"
                    """.formatted(rpcPort, FreePorts.one(), driver, cache.port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LauncherProcess proxy = LauncherProcess.start("proxy", "--config", config.toString());
        proxy.awaitErr("joined engine");
        return proxy;
    }
}
