// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.engine.ApiCall;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.PassingStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ten times what the store can take: what is too much is refused, what was accepted ends, nothing grows beyond its bound. */
class OverloadTest {
    private static final Logger logger = LoggerFactory.getLogger(OverloadTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int STORED_PER_SECOND = 500;
    private static final int OFFERED = 10 * STORED_PER_SECOND * 2;
    private static final int QUEUE = 1_024;
    private static final Pattern ID = Pattern.compile("\"id\":\"([0-9]+)\"");

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** Takes so many rows a second, as a slow disk would. */
    private static final class SlowStore extends PassingStore {
        SlowStore(MemoryStore under) {
            super(under);
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            LockSupport.parkNanos(rows.size() * 1_000_000_000L / STORED_PER_SECOND);
            return super.insert(caller, rows);
        }
    }

    @Test
    void submit_tenTimesTheStoresPace_isShedAndEveryAcceptedTaskEnds() {
        MemoryStore memory = new MemoryStore();
        LocalTransport transport = LocalTransport.create();
        open.add(transport);
        RefreshEngine engine = RefreshEngine.builder()
                .store(new SlowStore(memory))
                .queries(memory)
                .registry(memory)
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .queueCapacity(QUEUE)
                        .savers(1)
                        .maxBatch(50)
                        .build())
                .build();
        open.add(engine);
        engine.start();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node-1")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", new ModelCache()))
                .build();
        open.add(proxy);
        proxy.start();
        await().atMost(LIMIT)
                .until(() -> ApiCall.of(engine.api(), null, "GET", "/v1/engine/devices", "")
                                        .status()
                                == 200
                        && text(ApiCall.of(engine.api(), null, "GET", "/v1/engine/devices", ""))
                                .contains("node-1"));

        Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
        Set<String> bodies = ConcurrentHashMap.newKeySet();
        ConcurrentLinkedQueue<String> accepted = new ConcurrentLinkedQueue<>();
        AtomicInteger answered = new AtomicInteger();
        long beginNanos = System.nanoTime();
        for (int i = 0; i < OFFERED; i++) {
            String body = "{\"targets\":[\"http://a.test/" + i + "\"]}";
            ApiCall.later(engine.api(), "POST", "/v1/engine/task", body, answer -> {
                statuses.computeIfAbsent(answer.status(), status -> new AtomicInteger())
                        .incrementAndGet();
                if (answer.status() == 202) {
                    Matcher id = ID.matcher(text(answer));
                    accepted.add(id.find() ? id.group(1) : "none");
                } else if (answer.status() == 503 && !answer.headers().contains("Retry-After")) {
                    bodies.add(text(answer));
                }
                answered.incrementAndGet();
            });
            LockSupport.parkNanos(beginNanos + i * 1_000_000_000L / (10 * STORED_PER_SECOND) - System.nanoTime());
        }
        await().atMost(LIMIT).until(() -> answered.get() == OFFERED);

        logger.warn(
                "offered {} in {} ms: {}",
                OFFERED,
                (System.nanoTime() - beginNanos) / 1_000_000,
                new TreeMap<>(statuses));
        assertThat(statuses.keySet()).isSubsetOf(202, 429, 503).contains(202, 503);
        assertThat(bodies).as("503 says when to come back").isEmpty();
        assertThat(accepted).doesNotHaveDuplicates().doesNotContain("none");
        await().atMost(LIMIT).until(() -> {
            accepted.removeIf(id -> isFinal(text(ApiCall.of(engine.api(), null, "GET", "/v1/engine/task/" + id, ""))));
            return accepted.isEmpty();
        });
        assertThat(ApiCall.of(engine.api(), null, "POST", "/v1/engine/task", "{\"targets\":[\"http://a.test/end\"]}")
                        .status())
                .as("after the flood")
                .isEqualTo(202);
    }

    private static boolean isFinal(String task) {
        for (TaskState state : TaskState.values()) {
            if (state.isFinal() && task.contains("\"state\":\"" + state.name() + "\"")) {
                return true;
            }
        }
        return false;
    }

    private static String text(ApiResponse answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
