// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGHUP to a proxy as a process of its own. */
class ProxySignalIT {
    @TempDir
    Path folder;

    private final int port = FreePorts.one();

    private Path write(String caches) throws IOException {
        return Files.writeString(
                folder.resolve("proxy.toml"),
                "[proxy]\nid = \"node-1\"\ncache-check = \"0s\"\nengines = [\"127.0.0.1:9\"]\ndata = \""
                        + folder.resolve("data") + "\"\n[proxy.http]\nport = " + port + "\n[proxy.admin]\nport = 0\n"
                        + caches);
    }

    private static String cache(String driver) {
        return "[[proxy.cache]]\ndriver = \"" + driver + "\"\nurl = \"http://127.0.0.1:9\"\n";
    }

    private static void hangUp(LauncherProcess process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    void hangUp_cachesChanged_areUsedAndFaultyOnesChangeNothing() throws Exception {
        Path file = write(cache("http"));
        EngineApi node = new EngineApi(port);
        try (LauncherProcess proxy = LauncherProcess.startMain(Main.class, "proxy", "--config", file.toString())) {
            proxy.awaitErr("ready proxy=");
            write(cache("http") + cache("squid"));
            hangUp(proxy);
            proxy.awaitErr("configuration read again changed=\\[proxy.cache\\]");
            write(cache("nonsense"));
            hangUp(proxy);
            proxy.awaitErr("configuration not read again");
            assertThat(node.awaitBody("/stats", 200, "\"device\":\"node-1\"")).contains("\"cachesDown\":0");
            assertThat(proxy.isAlive()).isTrue();
        }
    }
}
