// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.PlainHttp.Reply;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real jar in front of each real cache server: fill, refresh from the command line, look at what clients get. */
class RealCachesIT {
    private static final String HOST = "www.example.com";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"varnish", "nginx", "ats", "squid"})
    void submitWait_objectInRealCache_nextGetIsAMissWithNewerContent(String driver) {
        int port = FreePorts.one();
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of(driver, origin.port()).start();
                LauncherProcess engine = LauncherProcess.start(
                        "standalone",
                        "--cache",
                        driver + "=http://127.0.0.1:" + cache.port(),
                        "--set",
                        "engine.http.port=" + port,
                        "--set",
                        "engine.rpc.port=" + FreePorts.one(),
                        "--set",
                        "proxy.http.port=" + FreePorts.one(),
                        "--set",
                        "engine.data=" + folder,
                        "--set",
                        "proxy.data=" + folder.resolve("proxy"))) {
            new EngineApi(port).awaitReady();
            engine.awaitErr("device connected");
            int old = PlainHttp.get(cache.port(), HOST, "/a.css").version();
            int untouched = PlainHttp.get(cache.port(), HOST, "/b.css").version();
            origin.bump();
            assertThat(PlainHttp.get(cache.port(), HOST, "/a.css").version())
                    .as("the cache serves its copy")
                    .isEqualTo(old);
            long asked = origin.hits("/a.css");

            Ended refresh = LauncherProcess.run(
                    "submit", "--engine", "http://127.0.0.1:" + port, "--wait", "http://" + HOST + "/a.css");

            assertThat(refresh.exitCode())
                    .as("%s\n%s\n%s", refresh, engine.text(), cache.log())
                    .isZero();
            Reply next = PlainHttp.get(cache.port(), HOST, "/a.css");
            assertThat(next.version()).isEqualTo(origin.version()).isGreaterThan(old);
            assertThat(origin.hits("/a.css")).as("it was a miss").isEqualTo(asked + 1);
            assertThat(PlainHttp.get(cache.port(), HOST, "/b.css").version())
                    .as("what was not refreshed stays")
                    .isEqualTo(untouched);
        }
    }
}
