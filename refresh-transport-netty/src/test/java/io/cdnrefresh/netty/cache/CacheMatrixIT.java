// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every ability and every trap on the four real servers, through engine, proxy and driver, with two tenants: what was asked
 * for is gone and proven, or refused for a stated reason, and the other tenant's objects stay. The table stands in
 * docs/caches.md; {@code -Drefresh.write-docs=true} writes it. {@code -Drefresh.matrix.objects=100000} makes the prefix as
 * large as it gets, {@code -Drefresh.matrix.driver=nginx} tries one server only.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CacheMatrixIT {
    private static final List<String> DRIVERS = List.of("ats", "varnish", "nginx", "squid");
    private static final String BEGIN = "<!-- matrix: written by CacheMatrixIT -->\n";
    private static final String END = "<!-- end of the matrix -->\n";

    @TempDir
    Path journal;

    private final Map<String, Map<String, String>> cells = new LinkedHashMap<>();

    @ParameterizedTest
    @MethodSource("drivers")
    @Order(1)
    void everyRow_onTheServer_isVerifiedOrRefused(String driver) {
        try (MatrixNode node = new MatrixNode(driver, journal.resolve(driver))) {
            List<MatrixRow> rows = MatrixRow.all();
            rows.forEach(row -> row.fill(node));
            node.nextMoment();
            node.origin.bump();
            rows.forEach(row -> row.submit(node));
            List<String> wrong = new ArrayList<>();
            for (MatrixRow row : rows) {
                String cell = row.result(node);
                cells.computeIfAbsent(row.name(), name -> new LinkedHashMap<>()).put(driver, cell);
                if (!cell.equals(row.expected(driver))) {
                    wrong.add(row.name() + ": " + cell + " instead of " + row.expected(driver));
                }
            }
            assertThat(wrong).isEmpty();
        }
    }

    private static List<String> drivers() {
        String only = System.getProperty("refresh.matrix.driver");
        return only == null ? DRIVERS : List.of(only);
    }

    @Test
    @Order(2)
    void table_inTheDocumentation_isWhatWasMeasured() throws IOException {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                cells.values().stream().allMatch(row -> row.size() == DRIVERS.size()) && !cells.isEmpty(),
                "not every server is installed here");
        StringBuilder table = new StringBuilder("| | ats | varnish | nginx | squid |\n|---|---|---|---|---|\n");
        cells.forEach((name, row) -> {
            List<String> line = new ArrayList<>(List.of(name));
            DRIVERS.forEach(driver -> line.add(row.get(driver)));
            table.append("| ").append(String.join(" | ", line)).append(" |\n");
        });
        Path file = docs();
        String text = Files.readString(file);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        if (Boolean.getBoolean("refresh.write-docs")) {
            Files.writeString(file, text.substring(0, from) + table + text.substring(to));
        } else {
            assertThat(text.substring(from, to)).isEqualTo(table.toString());
        }
    }

    private static Path docs() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("docs/caches.md");
            if (Files.exists(found)) {
                return found;
            }
        }
        throw new UncheckedIOException(new IOException("no docs/caches.md above the working folder"));
    }
}
