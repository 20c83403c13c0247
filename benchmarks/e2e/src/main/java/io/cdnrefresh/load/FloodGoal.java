// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long one tenant's single URL takes, from when it should have been submitted to its final state, while another tenant
 * floods the engine with a million URLs: in requests of 1,000 and of one, by 64 clients that go on as soon as they are
 * answered, into the embedded store; against the same engine with nothing else to do. The proxy is the
 * product's, its cache takes 5 ms for a purge.
 */
final class FloodGoal {
    private static final int CLIENTS = 64;
    /** Single URLs a second of the tenant that is looked at. */
    private static final int RATE = 100;
    /** Who submits them: more than wait at once for an answer. */
    private static final int CALLERS = 16;

    private FloodGoal() {}

    public static void main(String[] arguments) throws InterruptedException {
        GoalRun run =
                GoalRun.begin("flood", arguments, "150,000 URLs in requests of 1,000, 50,000 in requests of one", true);
        int many = run.isQuick() ? 150_000 : 1_000_000;
        int single = run.isQuick() ? 50_000 : 1_000_000;
        try (Site site = new Site()) {
            flood(site, many / 4, 1_000);
            flood(site, single / 4, 1);
            Histogram before = idle(site, run.isQuick() ? 5 : 20);
            Histogram ofThousand = underFlood(run, site, many, 1_000);
            Histogram ofOne = underFlood(run, site, single, 1);
            Histogram after = idle(site, run.isQuick() ? 5 : 20);
            run.say(new Table("another tenant's single URL, submit to final", "p50 ms", "p99 ms", "URLs")
                    .row("idle, before", millis(before, 50), millis(before, 99), before.getTotalCount())
                    .row(
                            "flood, 1,000 a request",
                            millis(ofThousand, 50),
                            millis(ofThousand, 99),
                            ofThousand.getTotalCount())
                    .row("flood, 1 a request", millis(ofOne, 50), millis(ofOne, 99), ofOne.getTotalCount())
                    .row("idle, after", millis(after, 50), millis(after, 99), after.getTotalCount()));
            before.add(after);
            run.score().atMost("p99 to idle, 1,000 URLs a request", millis(ofThousand, 99) / millis(before, 99), 2);
            run.score().atMost("p99 to idle, 1 URL a request", millis(ofOne, 99) / millis(before, 99), 2);
        }
        run.finish();
    }

    private static double millis(Histogram latencies, double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e6;
    }

    private static Histogram idle(Site site, int seconds) {
        Singles singles = new Singles(site.engine);
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(seconds));
        return singles.end();
    }

    private static Histogram underFlood(GoalRun run, Site site, int urls, int each) throws InterruptedException {
        Singles singles = new Singles(site.engine);
        double seconds = flood(site, urls, each);
        Histogram latencies = singles.end();
        run.say(String.format("flood of %,d URLs, %,d a request: all final after %.1f s", urls, each, seconds));
        return latencies;
    }

    /** Submits so many URLs of one tenant; seconds until all are final. */
    private static double flood(Site site, int urls, int each) throws InterruptedException {
        long beginNanos = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Thread client = new Thread(
                    () -> {
                        for (int from = next.getAndAdd(each); from < urls; from = next.getAndAdd(each)) {
                            String[] targets = new String[each];
                            for (int t = 0; t < each; t++) {
                                targets[t] = "http://flood.test/" + beginNanos + "/" + (from + t);
                            }
                            open.incrementAndGet();
                            submit(site.engine, RefreshTask.purge(targets).withTenant("flood"))
                                    .whenComplete((end, failure) -> open.decrementAndGet());
                        }
                    },
                    "flood-" + i);
            client.start();
            clients.add(client);
        }
        for (Thread client : clients) {
            client.join();
        }
        while (open.get() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    /** Until it is taken: an engine that has too much says so. */
    private static CompletionStage<?> submit(RefreshEngine engine, RefreshTask task) {
        while (true) {
            try {
                return engine.submit(task).completion();
            } catch (RefreshException full) {
                if (full.category() != RefreshException.Category.RETRYABLE) {
                    throw full;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    /** Submits single URLs at their times, until it is ended. */
    private static final class Singles {
        private final Histogram latencies = new ConcurrentHistogram(60_000_000_000L, 3);
        private final AtomicLong open = new AtomicLong();
        private final List<Thread> callers = new ArrayList<>();
        private volatile boolean isEnding;

        Singles(RefreshEngine engine) {
            long beginNanos = System.nanoTime();
            for (int i = 0; i < CALLERS; i++) {
                int first = i;
                Thread caller = new Thread(() -> submitAll(engine, beginNanos, first), "single-" + i);
                caller.start();
                callers.add(caller);
            }
        }

        private void submitAll(RefreshEngine engine, long beginNanos, int first) {
            for (long i = first; !isEnding; i += CALLERS) {
                long dueNanos = beginNanos + i * 1_000_000_000L / RATE;
                while (System.nanoTime() - dueNanos < 0) {
                    LockSupport.parkNanos(dueNanos - System.nanoTime());
                }
                open.incrementAndGet();
                submit(
                                engine,
                                RefreshTask.purge("http://single.test/" + beginNanos + "/" + i)
                                        .withTenant("single"))
                        .whenComplete((end, failure) -> {
                            latencies.recordValue(Math.min(60_000_000_000L, System.nanoTime() - dueNanos));
                            open.decrementAndGet();
                        });
            }
        }

        Histogram end() {
            isEnding = true;
            while (callers.stream().anyMatch(Thread::isAlive) || open.get() > 0) {
                LockSupport.parkNanos(1_000_000);
            }
            return latencies;
        }
    }

    /** Engine with its store, and its device in a process of its own. */
    private static final class Site implements AutoCloseable {
        final RefreshEngine engine;
        private final DataFolder data = new DataFolder();
        private final NettyLoops loops = NettyLoops.create();
        private final JdbcStore store =
                JdbcStore.builder().url(data.sqlite("engine")).build();
        private final Fork device;

        Site() {
            RpcEngineTransport rpc = RpcEngineTransport.builder()
                    .host("127.0.0.1")
                    .port(0)
                    .loops(loops)
                    .build();
            engine = RefreshEngine.builder()
                    .store(store)
                    .transport(rpc)
                    .options(EngineOptions.DEFAULTS.toBuilder().owner("flood").build())
                    .build();
            engine.start();
            while (!engine.unreadiness().isEmpty()) {
                LockSupport.parkNanos(1_000_000);
            }
            device = new Fork(FloodNode.class, List.of("-Xmx512m", "-XX:+UseSerialGC"), "127.0.0.1:" + rpc.port(), "5");
            if (device.ask("join")[0] != 1) {
                throw new IllegalStateException("the device was not taken");
            }
        }

        @Override
        public void close() {
            device.close();
            engine.close();
            store.close();
            loops.close();
            data.close();
        }
    }
}
