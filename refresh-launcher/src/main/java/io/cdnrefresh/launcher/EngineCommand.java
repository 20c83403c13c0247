// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.NettyLoops;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "engine", description = "Runs an engine.", mixinStandardHelpOptions = true)
final class EngineCommand implements Callable<Integer> {
    @Mixin
    ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() {
        Config config = options.load();
        ServerRun run = ServerRun.begin(config, true, false);
        try {
            NettyLoops loops = run.add("loops", EngineService.loops(config));
            EngineSeat seat = run.add("engine", new EngineSeat(config, loops));
            Reloader reloader = run.reloads(options::load, now -> ExposureCheck.check(now, true, false));
            reloader.add(seat::apply);
            seat.onReload(reloader);
            run.admin("admin", loops, seat.inside());
            seat.start();
        } catch (RuntimeException e) {
            run.stop();
            throw e;
        }
        return run.untilAsked(false);
    }
}
