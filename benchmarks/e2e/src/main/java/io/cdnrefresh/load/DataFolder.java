// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder for the data of a run, on the disk of the build (not in memory), gone after it. */
final class DataFolder implements AutoCloseable {
    final Path path;

    DataFolder() {
        try {
            path = Files.createTempDirectory(
                    Files.createDirectories(
                            Path.of("benchmarks", "e2e", "target").toAbsolutePath()),
                    "data-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A URL of a SQLite database in it. */
    String sqlite(String name) {
        return "jdbc:sqlite:" + path.resolve(name + ".db");
    }

    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
