// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Marks on a disk that is put back, wiped or out of reach, without its thread. */
class DiskWatchTest {
    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private final AgentCounters counters = new AgentCounters();
    private Path disk = Path.of("");
    private Path data = Path.of("");
    private DiskWatch watch = watch();

    @BeforeEach
    void open() throws IOException {
        disk = Files.createDirectory(folder.resolve("disk"));
        data = folder.resolve("data");
        watch = watch();
    }

    private DiskWatch watch() {
        return new DiskWatch("nginx", disk, data, clock, counters);
    }

    private List<String> marks() throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void putBack(List<String> old) throws IOException {
        for (String mark : marks()) {
            Files.delete(disk.resolve(mark));
        }
        for (String mark : old) {
            Files.createDirectory(disk.resolve(mark));
        }
    }

    private void pass(Duration time) {
        clock.advance(time);
        watch.look();
    }

    @Test
    void look_isNotReadyBeforeTheFirst_leavesOneMarkThatMovesOn() throws IOException {
        assertThat(watch.isReady()).isFalse();
        assertThat(watch.reason()).startsWith("nginx: not known yet");
        watch.look();
        assertThat(watch.isReady()).isTrue();
        assertThat(watch.reason()).isEmpty();
        List<String> first = marks();
        assertThat(first).hasSize(1).allMatch(name -> name.matches("refresh-mark-[0-9a-f]+-[0-9]+"));
        pass(Duration.ofSeconds(1));
        assertThat(marks()).isEqualTo(first);
        pass(Duration.ofSeconds(5));
        assertThat(marks()).hasSize(1).doesNotContainAnyElementsOf(first);
    }

    @Test
    void look_diskWasPutBack_needsWipeUntilItHasNoMark() throws IOException {
        watch.look();
        List<String> backup = marks();
        pass(Duration.ofSeconds(6));
        putBack(backup);
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofMinutes(1));
            assertThat(watch.isReady()).as("time heals nothing").isFalse();
            assertThat(watch.reason()).startsWith("nginx: NEEDS_WIPE");
            assertThat(counters.needsWipe).hasValue(1);
            assertThat(marks()).as("no new mark hides its age").isEqualTo(backup);
        }
        putBack(List.of());
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isTrue();
        assertThat(counters.needsWipe).hasValue(0);
        assertThat(marks()).hasSize(1);
    }

    /** The operator empties the folder, the proxy marks it as new, and then the backup comes. */
    @Test
    void look_diskIsPutBackBesideANewMark_needsWipe() throws IOException {
        watch.look();
        List<String> backup = marks();
        pass(Duration.ofSeconds(6));
        pass(Duration.ofSeconds(6));
        putBack(List.of());
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isTrue();
        Files.createDirectory(disk.resolve(backup.get(0)));
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isFalse();
    }

    @Test
    void look_backupIsOneSecondOlderThanAPurge_needsWipe() throws IOException {
        watch.look();
        pass(Duration.ofSeconds(1));
        List<String> backup = marks();
        counters.purged.incrementAndGet();
        pass(Duration.ofSeconds(1));
        putBack(backup);
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isFalse();
        assertThat(counters.needsWipe).hasValue(1);
    }

    /** Nobody emptied the folder first. */
    @Test
    void look_youngBackupIsPutBackBesideTheMarkAfterAPurge_needsWipe() throws IOException {
        watch.look();
        String backup = marks().get(0);
        counters.purged.incrementAndGet();
        pass(Duration.ofSeconds(1));
        pass(Duration.ofSeconds(1));
        List<String> settled = marks();
        pass(Duration.ofSeconds(1));
        assertThat(marks()).as("no more marks than the purge needs").isEqualTo(settled);
        Files.createDirectory(disk.resolve(backup));
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isFalse();
    }

    @Test
    void look_markBeforeIsLeftByACrash_isReady() throws IOException {
        watch.look();
        List<String> before = marks();
        pass(Duration.ofSeconds(6));
        Files.createDirectory(disk.resolve(before.get(0)));
        watch = watch();
        watch.look();
        assertThat(watch.isReady()).isTrue();
        pass(Duration.ofSeconds(6));
        assertThat(marks()).as("and is removed with the next one").hasSize(1);
    }

    @Test
    void look_proxyRestartedToo_stillKnowsItsNewestMark() throws IOException {
        watch.look();
        List<String> backup = marks();
        pass(Duration.ofSeconds(6));
        watch.stop();
        putBack(backup);
        watch = watch();
        watch.look();
        assertThat(watch.isReady()).isFalse();
        assertThat(counters.needsWipe).hasValue(1);
        watch.stop();
        assertThat(counters.needsWipe).as("who is gone counts no more").hasValue(0);
    }

    @Test
    void look_clockSteppedBack_marksGoOnUpwards() throws IOException {
        watch.look();
        List<String> before = marks();
        DiskWatch late = new DiskWatch("nginx", disk, data, new ManualClock(), counters);
        clock.advance(Duration.ofHours(1));
        watch.look();
        assertThat(marks()).doesNotContainAnyElementsOf(before);
        for (int i = 0; i < 3; i++) {
            late.look();
            assertThat(late.isReady()).isTrue();
        }
        assertThat(counters.needsWipe).hasValue(0);
    }

    @Test
    void look_twoProxiesMarkOneFolder_neitherMindsTheOther() {
        DiskWatch other = new DiskWatch("nginx", disk, folder.resolve("others"), clock, counters);
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(3));
            clock.advance(Duration.ofSeconds(3));
            other.look();
        }
        assertThat(watch.isReady() && other.isReady()).isTrue();
        assertThat(counters.needsWipe).hasValue(0);
    }

    /** Both looked before either had left its mark. */
    @Test
    void look_twoWatchesOfOneCacheMarkAtOnce_neitherMinds() throws IOException {
        watch.look();
        pass(Duration.ofSeconds(6));
        long newest = Long.parseLong(marks().get(0).replaceFirst(".*-", ""));
        pass(Duration.ofSeconds(6));
        String prefix = marks().get(0).replaceFirst("[0-9]+$", "");
        Files.createDirectory(disk.resolve(prefix + (newest + 5_000)));
        pass(Duration.ofSeconds(1));
        assertThat(watch.isReady()).isTrue();
        pass(Duration.ofSeconds(6));
        assertThat(marks()).hasSize(1);
    }

    @Test
    void look_folderIsNotThereOrNoFolder_isReadyUnmarked() throws IOException {
        DiskWatch none = new DiskWatch("none", folder.resolve("none"), data, clock, counters);
        none.look();
        assertThat(none.isReady()).isTrue();
        DiskWatch file = new DiskWatch("file", Files.createFile(folder.resolve("file")), data, clock, counters);
        file.look();
        assertThat(file.isReady()).isTrue();
    }
}
