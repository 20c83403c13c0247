// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.dialect.DialectEndpoint;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.http.HttpApiServerBuilder;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.SharedCounters;
import io.cdnrefresh.spi.SigningSecret;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listener for clients of other systems, as the configuration wants it. */
final class DialectServer {
    /** Lists of URLs come in query strings, lists of tags in headers. */
    private static final int MAX_LINE_BYTES = 256 << 10;

    private static final int MAX_HEADER_BYTES = 64 << 10;

    static final String LISTENER = "engine.dialects.host";

    private DialectServer() {}

    /** Whether any dialect is switched on. */
    static boolean isOn(Config config) {
        return !config.list("engine.http.dialects").isEmpty();
    }

    /** The server, not started; null if no dialect is switched on. */
    static @Nullable HttpApiServer create(
            Config config, ApiEndpoint engine, SharedCounters counters, NettyLoops loops, @Nullable TlsFiles tls) {
        List<String> names = config.list("engine.http.dialects");
        if (names.isEmpty()) {
            return null;
        }
        DialectEndpoint.Builder dialects =
                DialectEndpoint.builder(engine).dialects(names).wait(config.time("engine.dialects.wait"));
        if (!config.text("coordinator.url").isEmpty()) {
            dialects.counters(counters);
        }
        for (String zone : config.list("engine.dialects.zones")) {
            dialects.zone(id(zone), hosts(zone));
        }
        String master = config.text("auth.signing-secret");
        if (!master.isEmpty()) {
            dialects.signingSecrets(keyId -> SigningSecret.of(master, keyId));
        }
        DialectEndpoint endpoint = dialects.build();
        HttpApiServerBuilder server = HttpApiServer.builder(endpoint)
                .refusals(endpoint::refused)
                .host(config.text(LISTENER))
                .port(config.number("engine.dialects.port"))
                .maxBodyBytes(config.number("engine.http.max-body"))
                .maxLineBytes(MAX_LINE_BYTES)
                .maxHeaderBytes(MAX_HEADER_BYTES)
                .loops(loops);
        return (tls == null ? server : server.tls(tls)).build();
    }

    /** Whether a text says which hosts an id stands for. */
    static boolean isZone(String text) {
        if (text.indexOf('=') < 0 || id(text).isEmpty() || hosts(text).isEmpty()) {
            return false;
        }
        try {
            hosts(text).forEach(Target::host);
            return true;
        } catch (InvalidTargetException malformed) {
            return false;
        }
    }

    private static String id(String zone) {
        return zone.substring(0, zone.indexOf('=')).strip();
    }

    private static List<String> hosts(String zone) {
        String hosts = zone.substring(zone.indexOf('=') + 1).strip();
        return hosts.isEmpty() ? List.of() : List.of(hosts.split("\\s+"));
    }
}
