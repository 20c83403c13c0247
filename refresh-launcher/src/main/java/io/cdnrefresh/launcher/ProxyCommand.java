// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "proxy", description = "Runs the proxy of a node.", mixinStandardHelpOptions = true)
final class ProxyCommand implements Callable<Integer> {
    @Mixin
    ConfigOptions options = new ConfigOptions();

    @Option(names = "--until-stdin-closes", hidden = true, description = "Ends with the process that started it.")
    boolean untilStdinCloses;

    @Override
    public Integer call() {
        Config config = options.load();
        ServerRun run = ServerRun.begin(config, false, true);
        try {
            NettyLoops loops = run.add("loops", NettyLoops.create());
            ProxyService proxy = run.add(
                    "proxy",
                    ProxyService.start(config, config.caches(), config.list("proxy.engines"), loops, options::load));
            Reloader reloader = run.reloads(options::load, now -> ExposureCheck.check(now, false, true));
            reloader.add(proxy::apply);
            reloader.caches(proxy::changeCaches);
            run.admin("proxy.admin", loops, proxy.inside());
            LoggerFactory.getLogger(ProxyCommand.class)
                    .info("ready proxy=http://{} device={}", proxy.httpAddress(), proxy.id());
            ServiceManager.ready("device " + proxy.id());
        } catch (RuntimeException e) {
            run.stop();
            throw e;
        }
        return run.untilAsked(untilStdinCloses);
    }
}
