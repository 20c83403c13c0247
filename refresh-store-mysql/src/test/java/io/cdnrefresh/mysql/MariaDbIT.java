// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** MariaDB through its own driver. */
class MariaDbIT extends OwnServerSuites {
    @TempDir
    static Path folder;

    private static MariaDbServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = MariaDbServer.start(folder);
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    String readOnly(boolean isOn) {
        return "SET GLOBAL tx_read_only = " + (isOn ? 1 : 0);
    }

    @Override
    String url() {
        return server.mariaDbUrl();
    }

    @Override
    ServerProcess server() {
        return server;
    }
}
