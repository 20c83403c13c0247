// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** MySQL through Connector/J. */
class MySqlIT extends OwnServerSuites {
    @TempDir
    static Path folder;

    private static MySqlServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = MySqlServer.start(folder);
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    String readOnly(boolean isOn) {
        return isOn ? "SET GLOBAL super_read_only = 1" : "SET GLOBAL read_only = 0";
    }

    @Override
    String url() {
        return server.mySqlUrl();
    }

    @Override
    ServerProcess server() {
        return server;
    }
}
