// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A proxy as a process of its own. It ends with its standard input, so it never outlives this process. */
final class ProxyChild implements AutoCloseable {
    private final Process process;

    private ProxyChild(Process process) {
        this.process = process;
    }

    /** Starts the same program as a proxy of one cache. */
    static ProxyChild start(String engine, String driver, String cacheUrl) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "proxy",
                "--until-stdin-closes",
                "--set",
                "proxy.id=demo-node",
                "--set",
                "proxy.http.port=0",
                "--set",
                "proxy.engines=" + engine,
                "--set",
                "proxy.cache.0.driver=" + driver,
                "--set",
                "proxy.cache.0.url=" + cacheUrl,
                "--set",
                "log.level=warn");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("REFRESH_"));
        try {
            return new ProxyChild(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
