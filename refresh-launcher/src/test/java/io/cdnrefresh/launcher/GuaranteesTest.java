// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages that say which test shows what name tests that exist. */
class GuaranteesTest {
    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))(?:[#`])");

    @ParameterizedTest
    @ValueSource(strings = {"guarantees.md", "failure-modes.md"})
    void testsThatAreNamed_exist(String page) throws IOException {
        Set<String> named = named(page);
        assertThat(named).hasSizeGreaterThan(10);
        assertThat(tests()).containsAll(named);
    }

    @Test
    void unknownTest_isFound() throws IOException {
        assertThat(tests()).contains("GuaranteesTest").doesNotContain("NoSuchTest");
    }

    private static Set<String> named(String page) throws IOException {
        return TEST.matcher(Files.readString(Path.of("..", "docs", page)))
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> tests() throws IOException {
        Set<String> found = new TreeSet<>();
        for (String module : List.of("core", "transport-netty", "store-mysql", "coord-redis", "launcher")) {
            try (Stream<Path> files = Files.walk(Path.of("..", "refresh-" + module, "src", "test", "java"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith("Test.java") || name.endsWith("IT.java"))
                        .forEach(name -> found.add(name.replace(".java", "")));
            }
        }
        return found;
    }
}
