// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.RefreshTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cache servers that are killed after a purge was proven, and started again on their disk. */
class RestartedCacheIT {
    private static final String HOST = "a.test";
    private static final int OBJECTS = 20;
    private static final int MAX_ROUNDS = 20;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path journal;

    @ParameterizedTest
    @ValueSource(strings = {"ats", "nginx", "squid", "varnish"})
    void killedAfterVerified_restartedOnItsDisk_servesNoOldCopy(String driver) {
        try (MatrixNode node = new MatrixNode(driver, journal)) {
            assertThat(oldCopies(node, true)).isZero();
        }
    }

    /** The negative control: whether a round finds old copies depends on when the server writes its directory. */
    @Test
    void killedAfterPurged_trafficServerWithoutJournal_servesOldCopies() {
        try (MatrixNode node = new MatrixNode("ats", null)) {
            int rounds = 1;
            while (oldCopies(node, false) == 0 && rounds < MAX_ROUNDS) {
                rounds++;
            }
            assertThat(rounds).isLessThan(MAX_ROUNDS);
        }
    }

    /** As an operator may do it who brings back a backup, or a machine's snapshot. */
    @Test
    void diskOfABackup_olderThanTheJournal_staysOutUntilItIsWiped() throws IOException {
        try (MatrixNode node = new MatrixNode("ats", journal, Duration.ofSeconds(10))) {
            Awaitility.await().atMost(LIMIT).until(node::isReady);
            node.get(HOST, "/x");
            Awaitility.await().atMost(LIMIT).pollDelay(Duration.ofSeconds(11)).until(node::isReady); // on the disk
            node.cache.kill();
            Path disk = node.cache.folder().resolve("cache");
            Path backup = journal.resolve("backup");
            copy(disk, backup);
            node.cache.start();
            int version = node.origin.bump();
            assertThat(node.end(node.submit(RefreshTask.purge("http://" + HOST + "/x"))))
                    .isEqualTo("VERIFIED");
            Awaitility.await().atMost(LIMIT).pollDelay(Duration.ofSeconds(12)).until(() -> true); // out of its reach

            node.cache.kill();
            copy(backup, disk);
            node.cache.start();
            Awaitility.await().atMost(LIMIT).until(node::needsWipe);
            assertThat(node.isReady()).isFalse();
            assertThat(node.get(HOST, "/x").version())
                    .as("the old copy is back")
                    .isLessThan(version);

            node.cache.kill();
            wipe(disk);
            node.cache.start();
            Awaitility.await().atMost(LIMIT).until(() -> node.isReady() && !node.needsWipe());
            assertThat(node.get(HOST, "/x").version()).isEqualTo(version);
        }
    }

    /** The same where a mere restart brings nothing back, so that there is no journal: by marks in the cache's own folder. */
    @ParameterizedTest
    @ValueSource(strings = {"nginx", "squid"})
    void folderOfABackup_olderThanItsMarks_staysOutUntilItIsWiped(String driver) throws Exception {
        try (MatrixNode node = new MatrixNode(driver, journal)) {
            Path disk = node.cache.folder().resolve("cache");
            Awaitility.await().atMost(LIMIT).until(node::isReady);
            node.get(HOST, "/x");
            node.cache.stop();
            Path backup = journal.resolve("backup");
            String copy = "rm -rf %2$s && cp -a %1$s %2$s".formatted(disk, backup);
            Awaitility.await().atMost(LIMIT).until(() -> run(copy) == 0); // the proxy may change its mark meanwhile
            node.cache.start();
            int version = node.origin.bump();
            assertThat(node.end(node.submit(RefreshTask.purge("http://" + HOST + "/x"))))
                    .isEqualTo("VERIFIED");
            List<String> old = marks(backup);
            assertThat(old).isNotEmpty();
            Awaitility.await().atMost(LIMIT).until(() -> {
                List<String> now = marks(disk);
                return !now.isEmpty() && Collections.disjoint(now, old);
            });

            node.cache.kill();
            assertThat(run("mv %1$s %1$s.gone && cp -a %2$s %1$s".formatted(disk, backup)))
                    .as("while the proxy looks on")
                    .isZero();
            node.cache.start();
            Awaitility.await().atMost(LIMIT).until(node::needsWipe);
            assertThat(node.isReady()).isFalse();
            assertThat(node.get(HOST, "/x").version())
                    .as("the old copy is back")
                    .isLessThan(version);

            node.cache.kill();
            assertThat(run("find %1$s -type f -delete && rmdir %1$s/refresh-mark-*".formatted(disk)))
                    .isZero();
            node.cache.start();
            Awaitility.await().atMost(LIMIT).until(() -> node.isReady() && !node.needsWipe());
            assertThat(node.get(HOST, "/x").version()).isEqualTo(version);
        }
    }

    private static int run(String command) throws Exception {
        return new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    }

    private static List<String> marks(Path disk) throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("refresh-mark-"))
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        wipe(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    private static void wipe(Path disk) throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** How many of the objects that were proven to be gone are back after a crash. */
    private static long oldCopies(MatrixNode node, boolean hasJournal) {
        Awaitility.await().until(node::isReady);
        IntStream.range(0, OBJECTS).forEach(i -> node.get(HOST, "/x" + i));
        // copies and directory must be on the disk, else the crash would lose them by itself: twice its sync of 5 s
        Duration written = Duration.ofSeconds(node.driver.equals("ats") ? 11 : 0);
        Awaitility.await().atMost(LIMIT).pollDelay(written).until(node::isReady);
        int version = node.origin.bump();
        String[] urls = IntStream.range(0, OBJECTS)
                .mapToObj(i -> "http://" + HOST + "/x" + i)
                .toArray(String[]::new);
        assertThat(node.end(node.submit(RefreshTask.purge(urls)))).isEqualTo(hasJournal ? "VERIFIED" : "PURGED");

        node.cache.kill();
        node.cache.start();
        if (hasJournal) {
            Awaitility.await().atMost(LIMIT).until(() -> node.isCaughtUp(OBJECTS));
        }
        return IntStream.range(0, OBJECTS)
                .filter(i -> node.get(HOST, "/x" + i).version() != version)
                .count();
    }
}
