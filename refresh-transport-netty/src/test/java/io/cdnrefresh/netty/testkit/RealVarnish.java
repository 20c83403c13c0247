// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Varnish with the shipped VCL; its memory is its disk, so nothing survives a restart. */
public final class RealVarnish extends RealCache {
    private static final List<Path> MODULES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/varnish/vmods/libvmod_xkey.so"),
            Path.of("/usr/lib/aarch64-linux-gnu/varnish/vmods/libvmod_xkey.so"),
            Path.of("/usr/lib/varnish/vmods/libvmod_xkey.so"));

    /** In front of a loopback port. */
    public RealVarnish(int originPort) {
        super("varnish", originPort);
    }

    @Override
    Optional<String> missing() {
        return MODULES.stream().anyMatch(Files::exists)
                ? missing("varnishd")
                : Optional.of("none of " + MODULES + " is installed");
    }

    @Override
    void prepare(Path home) throws IOException {
        install(home, "default.vcl", home.resolve("default.vcl"));
    }

    @Override
    List<String> command(Path home) {
        return List.of(
                binary("varnishd").orElseThrow().toString(),
                "-F",
                "-n",
                home.resolve("work").toString(),
                "-a",
                "127.0.0.1:" + port(),
                "-f",
                home.resolve("default.vcl").toString(),
                "-s",
                "malloc,256m",
                "-T",
                "none",
                "-p",
                "vsl_mask=-Hash");
    }
}
