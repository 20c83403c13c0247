// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.http.HttpApiServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where operators look into the process: the listener of {@code /debug/*}. */
final class AdminServer implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(AdminServer.class);

    private final HttpApiServer server;
    private final AdminPages pages;
    private final String address;

    private AdminServer(HttpApiServer server, AdminPages pages, String address) {
        this.server = server;
        this.pages = pages;
        this.address = address;
    }

    /**
     * Opens it as the keys below {@code prefix} ({@code admin} or {@code proxy.admin}) say. A port that is taken stops a
     * start only if somebody asked for it: with the default one the process does without, and says so.
     *
     * @return null if it does without
     */
    static @Nullable AdminServer open(Config config, String prefix, NettyLoops loops, AdminPages.Inside inside) {
        String host = config.text(prefix + ".host");
        int port = config.number(prefix + ".port");
        AdminPages pages = new AdminPages(inside, AdminGuard.of(config, host));
        HttpApiServer server = HttpApiServer.builder(pages)
                .host(host)
                .port(port)
                .maxConnections(64)
                .loops(loops)
                .build();
        try {
            server.start();
        } catch (RefreshException e) {
            server.close();
            pages.close();
            if (config.origins().containsKey(prefix + ".port")) {
                throw e;
            }
            logger.warn("no diagnostics: {}.port={} is taken; name another one", prefix, port);
            return null;
        }
        AdminServer opened = new AdminServer(server, pages, host + ":" + server.port());
        logger.info("diagnostics at http://{}/debug", opened.address);
        return opened;
    }

    String address() {
        return address;
    }

    @Override
    public void close() {
        server.close();
        pages.close();
    }
}
