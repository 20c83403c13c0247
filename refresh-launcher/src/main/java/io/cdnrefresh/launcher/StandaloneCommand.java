// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.demo.SmallCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Engine and proxy in one process. They talk over sockets, so that further proxies can join the engine. */
@Command(
        name = "standalone",
        description = "Runs engine and proxy in one process, with a small cache of its own when none is named.",
        mixinStandardHelpOptions = true)
final class StandaloneCommand implements Callable<Integer> {
    private static final Duration FIRST_LINK = Duration.ofSeconds(10);

    @Mixin
    ConfigOptions options = new ConfigOptions();

    @Option(names = "--cache", paramLabel = "DRIVER=URL", description = "A cache of this node; repeatable.")
    List<String> caches = new ArrayList<>();

    @Override
    public Integer call() {
        Config config = options.load(caches);
        ServerRun run = ServerRun.begin(config, true, true);
        Logger logger = LoggerFactory.getLogger(StandaloneCommand.class);
        try {
            NettyLoops loops = run.add("loops", EngineService.loops(config));
            EngineService engine = run.add("engine", EngineService.startWithoutApi(config, loops));
            Reloader reloader = run.reloads(() -> options.load(caches), now -> ExposureCheck.check(now, true, true));
            reloader.add(engine::apply);
            engine.onReload(reloader);
            run.admin("admin", loops, engine.inside());
            engine.awaitReady();
            List<Config.Cache> used = config.caches();
            if (used.isEmpty()) {
                SmallCache small = run.add(
                        "small cache",
                        SmallCache.builder()
                                .port(config.number("standalone.cache-port"))
                                .build()
                                .start());
                String url = "http://127.0.0.1:" + small.port();
                used = List.of(new Config.Cache("small", "http", url, "back", null));
                logger.info("small cache: curl -x {} http://HOST/PATH", url);
            }
            boolean isPolling = "http".equals(config.text("proxy.transport"));
            if (isPolling) {
                engine.openApi();
            }
            List<String> engines = List.of(
                    isPolling
                            ? dialable(config.text("engine.http.host")) + ":" + engine.apiPort()
                            : dialable(config.text("engine.rpc.host")) + ":" + engine.rpcPort());
            ProxyService proxy = run.add("proxy", ProxyService.start(config, used, engines, loops));
            // A first task would find no device to go to.
            proxy.awaitLink(FIRST_LINK);
            if (!isPolling) {
                engine.openApi();
            }
            logger.info(
                    "ready engine=http://{} rpcPort={} proxy=http://{} device={}",
                    engine.apiAddress(),
                    engine.rpcPort(),
                    proxy.httpAddress(),
                    proxy.id());
        } catch (RuntimeException e) {
            run.stop();
            throw e;
        }
        return run.untilAsked(false);
    }

    private static String dialable(String host) {
        return switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::", "[::]" -> "[::1]";
            default -> host;
        };
    }
}
