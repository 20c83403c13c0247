// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import java.util.concurrent.CompletionStage;

/** Purges the pages of a {@link PageCache}, provably, through an engine and a proxy in this process. */
public final class PurgeService implements AutoCloseable {
    private final LocalTransport transport = LocalTransport.create();
    private final PageCacheServer driver;
    private final NotebookStore store;
    private final RefreshEngine engine;
    private final RefreshProxy proxy;

    /** What is given stays the caller's. */
    public PurgeService(PageCache pages, NotebookStore store) {
        this.store = store;
        driver = new PageCacheServer(pages);
        engine = RefreshEngine.builder()
                .store(store)
                .queries(new MemoryStore())
                .transport(transport.engineSide())
                .build();
        proxy = RefreshProxy.builder()
                .id("this-service")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("pages", driver))
                .build();
    }

    public void start() {
        engine.start();
        proxy.start();
    }

    /** Purges a page everywhere; completed once every cache has shown that the old copy is gone. */
    public CompletionStage<TaskProgress> purge(String url) {
        TaskHandle task = engine.submit(RefreshTask.purge(url));
        return task.completion();
    }

    /** The store that it was given. */
    public NotebookStore store() {
        return store;
    }

    @Override
    public void close() {
        proxy.close();
        engine.close();
        driver.close();
        transport.close();
    }
}
