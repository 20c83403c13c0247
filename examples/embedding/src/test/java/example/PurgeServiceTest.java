// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PurgeServiceTest {
    @Test
    void purge_cachedPage_isGoneAndProven() throws Exception {
        VersionedPages pages = new VersionedPages();
        PageCache cache = new PageCache(pages);
        try (NotebookStore store = new NotebookStore();
                PurgeService service = new PurgeService(cache, store)) {
            service.start();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !store.load().devices().isEmpty());
            cache.get("www.example.com", "/a", "");
            assertThat(cache.get("www.example.com", "/a", "").isFromCache()).isTrue();
            pages.version.incrementAndGet();

            TaskProgress progress = service.purge("http://www.example.com/a")
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);

            assertThat(progress.state()).isEqualTo(TaskState.DONE);
            assertThat(progress.counts().of(Outcome.VERIFIED)).isEqualTo(1);
            assertThat(store.row(progress.id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
            assertThat(cache.get("www.example.com", "/a", "")).isEqualTo(new PageCache.Page("2", false));
        }
    }
}
