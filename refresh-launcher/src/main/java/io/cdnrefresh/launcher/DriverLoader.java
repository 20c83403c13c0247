// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Finds the JDBC drivers whose licences keep them out of the jar: in {@code drivers/} beside it. */
final class DriverLoader {
    private static final Map<String, Place> PLACES = Map.of(
            "jdbc:mysql:", new Place("mysql-connector-j-*.jar", "com.mysql.cj.jdbc.Driver"),
            "jdbc:mariadb:", new Place("mariadb-java-client-*.jar", "org.mariadb.jdbc.Driver"));

    private record Place(String file, String driver) {}

    private DriverLoader() {}

    /**
     * Makes the driver for a store's URL known to the JDBC of the process, unless it is part of the program.
     *
     * @throws CommandException if the driver's file is missing, naming it
     */
    static void register(String url) {
        for (Map.Entry<String, Place> place : PLACES.entrySet()) {
            if (url.startsWith(place.getKey())) {
                try {
                    DriverManager.registerDriver(new ForeignDriver(load(folder(), place.getValue())));
                } catch (SQLException e) {
                    throw new IllegalStateException("driver of " + place.getKey(), e);
                }
            }
        }
    }

    private static Driver load(Path folder, Place place) {
        List<URL> files = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, place.file())) {
                for (Path file : found) {
                    files.add(url(file));
                }
            } catch (IOException e) {
                throw missing(folder, place, e.toString());
            }
        }
        if (files.isEmpty()) {
            throw missing(folder, place, "no such file");
        }
        try {
            // stays open as long as the process: the driver loads classes from it at any time
            ClassLoader loader =
                    new URLClassLoader("drivers", files.toArray(new URL[0]), DriverLoader.class.getClassLoader());
            return Class.forName(place.driver(), true, loader)
                    .asSubclass(Driver.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw missing(folder, place, e.toString());
        }
    }

    private static CommandException missing(Path folder, Place place, String trouble) {
        return new CommandException(
                ExitCode.USAGE, "store.url: needs " + folder.resolve(place.file()) + ": " + trouble);
    }

    private static URL url(Path file) throws MalformedURLException {
        return file.toUri().toURL();
    }

    /** The folder {@code drivers} beside the jar, or beside the classes' folder in a build. */
    private static Path folder() {
        try {
            Path code = Path.of(Objects.requireNonNull(
                            DriverLoader.class.getProtectionDomain().getCodeSource())
                    .getLocation()
                    .toURI());
            return code.resolveSibling("drivers");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("location of the program", e);
        }
    }
}
