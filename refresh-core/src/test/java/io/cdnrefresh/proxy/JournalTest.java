// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the journal keeps, how long, and for the next life of the proxy. */
class JournalTest {
    private static final Duration WINDOW = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private static PurgeRequest request(String path, String... headers) {
        return new PurgeRequest(Target.url("http://a.test" + path), List.of(headers), "");
    }

    private static boolean append(Journal journal, long millis, PurgeRequest request) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        journal.append(millis, request, written::complete);
        return written.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static List<PurgeRequest> replay(Journal journal) {
        CompletableFuture<List<PurgeRequest>> purges = new CompletableFuture<>();
        journal.replay(kept -> purges.complete(kept.orElseThrow()));
        return purges.orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Test
    void replay_afterTheNextStart_givesEachPurgeOnce() throws IOException {
        try (Journal first = new Journal(folder, "ats", WINDOW)) {
            assertThat(first.start()).isEqualTo(Journal.Seen.NEVER);
            first.seen(1_000, "life-1");
            assertThat(append(first, 2_000, request("/x?a", "Accept-Encoding: gzip")))
                    .isTrue();
            assertThat(append(first, 3_000, request("/y"))).isTrue();
            assertThat(append(first, 4_000, request("/y"))).isTrue();
        }
        try (Journal second = new Journal(folder, "ats", WINDOW);
                Journal other = new Journal(folder, "ats-2", WINDOW)) {
            assertThat(second.start().life()).isEqualTo("life-1");
            assertThat(replay(second)).containsExactly(request("/x?a", "Accept-Encoding: gzip"), request("/y"));
            assertThat(other.start()).isEqualTo(Journal.Seen.NEVER);
            assertThat(replay(other)).isEmpty();
        }
    }

    @Test
    void seen_longAfter_dropsWhatIsOlderThanTheWindow() throws IOException {
        try (Journal journal = new Journal(folder, "ats", WINDOW)) {
            journal.start();
            append(journal, 1_000, request("/old"));
            append(journal, 40_000, request("/young"));
            append(journal, 100_000, request("/latest"));
            assertThat(replay(journal))
                    .as("the cache was not seen: nothing may go")
                    .hasSize(3);

            journal.seen(100_001 + WINDOW.toMillis(), "life-1");
            assertThat(replay(journal)).containsExactly(request("/latest"));
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).hasSize(2);
            }
        }
    }

    @Test
    void append_folderGone_saysSo() throws IOException {
        Path gone = folder.resolve("gone");
        try (Journal journal = new Journal(gone, "ats", WINDOW)) {
            journal.start();
            Files.delete(gone);
            assertThat(append(journal, 1_000, request("/x"))).isFalse();
        }
    }

    @Test
    void append_closed_saysSo() throws IOException {
        Journal journal = new Journal(folder, "ats", WINDOW);
        journal.start();
        journal.close();
        assertThat(append(journal, 1_000, request("/x"))).isFalse();
    }

    @Test
    void close_neverStarted_refusesEverything() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Journal journal = new Journal(file, "ats", WINDOW);
        assertThatThrownBy(journal::start).isInstanceOf(IOException.class);
        journal.close();
        assertThat(append(journal, 1_000, request("/x"))).isFalse();
        CompletableFuture<Boolean> isRead = new CompletableFuture<>();
        journal.replay(kept -> isRead.complete(kept.isPresent()));
        assertThat(isRead.join()).isFalse();
    }

    @Test
    void start_segmentWithTornBytes_readsTheOtherLines() throws IOException {
        byte[] torn = "P\t1\thttp\ta.test\t/\u00e4\nP\t1\thttp\ta.test\t/y\nL\t2\tlife-1\n\u00e4"
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("ats-1.journal"), torn);
        try (Journal journal = new Journal(folder, "ats", WINDOW)) {
            assertThat(journal.start().life()).isEqualTo("life-1");
            assertThat(replay(journal)).contains(request("/y"));
        }
    }

    @Test
    void replay_segmentUnreadable_saysSo() throws IOException {
        try (Journal journal = new Journal(folder, "ats", WINDOW)) {
            journal.start();
            append(journal, 1_000, request("/x"));
            Files.delete(folder.resolve("ats-1000.journal"));
            CompletableFuture<Boolean> isRead = new CompletableFuture<>();
            journal.replay(kept -> isRead.complete(kept.isPresent()));
            assertThat(isRead.orTimeout(20, TimeUnit.SECONDS).join()).isFalse();
        }
    }
}
