// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.demo.SmallCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the main job on real sockets: every word that it prints was read from a response. */
@Command(
        name = "demo",
        description = "Starts origin, cache, proxy and engine, and shows a refresh and a preload.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--cache",
            paramLabel = "NAME",
            defaultValue = "small",
            description = "small (${DEFAULT-VALUE}), or an installed ats, nginx, squid or varnish.")
    String cache = "small";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        // the demo asks the cache for a host that is not its address
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        Logging.start(ConfigLoader.load(null, Map.of(), List.of("log.level=warn", "log.traces=false"), List.of()));
        Closing parts = new Closing();
        Thread atExit = new Thread(parts::close, "shutdown");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            Path folder = Files.createTempDirectory("refresh-demo");
            parts.add("folder", () -> CacheProcess.delete(folder));
            return run(folder, parts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (Runtime.getRuntime().removeShutdownHook(atExit)) {
                parts.close();
            }
        }
    }

    private int run(Path folder, Closing parts) {
        DemoOrigin origin = parts.add("origin", new DemoOrigin(0).start());
        DemoScript script = new DemoScript(origin, spec.commandLine().getOut());
        script.say("origin", "http://127.0.0.1:" + origin.port());
        int cachePort = startCache(origin.port(), parts);
        String driver = "small".equals(cache) ? "http" : cache;
        script.say("cache", "http://127.0.0.1:" + cachePort + " (" + cache + ")");

        Config config = ConfigLoader.load(
                null,
                Map.of(),
                List.of("engine.http.port=0", "engine.rpc.port=0", "engine.data=" + folder.resolve("data")),
                List.of());
        NettyLoops loops = parts.add("loops", NettyLoops.create());
        EngineService engine = parts.add("engine", EngineService.start(config, loops));
        engine.awaitReady();
        script.say("engine", "http://" + engine.apiAddress());
        ProxyChild proxy = parts.add(
                "proxy", ProxyChild.start("127.0.0.1:" + engine.rpcPort(), driver, "http://127.0.0.1:" + cachePort));
        script.say("proxy", "pid " + proxy.pid());

        ApiClient client =
                new ApiClient(List.of(URI.create("http://" + engine.apiAddress())), null, Duration.ofSeconds(5));
        return script.play(client, proxy, cachePort) ? ExitCode.DONE : ExitCode.FAILED;
    }

    private int startCache(int originPort, Closing parts) {
        if (!"small".equals(cache)) {
            return parts.add("cache", CacheProcess.start(cache, originPort)).port();
        }
        SmallCache small = SmallCache.builder()
                .origin(new InetSocketAddress(InetAddress.getLoopbackAddress(), originPort))
                .build();
        return parts.add("cache", small.start()).port();
    }
}
