// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.PassingStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An engine in a process of its own that may die at a given moment of its store's calls, without a word. Writes down the
 * ends that it is told of, each with what the store says at that moment.
 */
final class KilledEngine {
    /** Where it dies. */
    enum Moment {
        NEVER,
        /** The tasks are committed, nobody has got a 202. */
        INSERTED,
        /** A device has reported, nothing of it is in the store. */
        REPORTED,
        /** The reports are in the store, neither the device nor anybody who waits was told. */
        UPDATED
    }

    private KilledEngine() {}

    /** Starts it as a child: the moment's {@code count}th occurrence kills it. */
    static LauncherProcess start(String storeUrl, int httpPort, int rpcPort, Path ends, Moment moment, int count) {
        return LauncherProcess.startMain(
                KilledEngine.class, storeUrl, "" + httpPort, "" + rpcPort, ends.toString(), moment.name(), "" + count);
    }

    /** Store URL, HTTP port, RPC port, file of ends, moment, count. */
    public static void main(String[] args) throws InterruptedException {
        JdbcStore store = JdbcStore.builder().url(args[0]).build();
        Path ends = Path.of(args[3]);
        RefreshEngine engine = RefreshEngine.builder()
                .store(new Dying(store, Moment.valueOf(args[4]), Integer.parseInt(args[5])))
                .queries(store)
                .registry(store)
                .transport(RpcEngineTransport.builder()
                        .port(Integer.parseInt(args[2]))
                        .build())
                .completionListener(progress -> write(ends, store, progress))
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(1))
                        .owner("kill-test")
                        .build())
                .build();
        engine.start();
        HttpApiServer.builder(engine.api())
                .host("127.0.0.1")
                .port(Integer.parseInt(args[1]))
                .build()
                .start();
        new CountDownLatch(1).await();
    }

    /** One line an end: id, state, and whether the store holds that state. */
    private static void write(Path ends, JdbcStore store, TaskProgress progress) {
        String committed;
        try {
            committed = store.find(progress.id())
                    .map(row -> row.status().state() == progress.state() ? "committed" : "NOT-COMMITTED")
                    .orElse("NOT-THERE");
        } catch (StoreException away) {
            committed = "unknown";
        }
        try {
            String line = progress.id() + " " + progress.state() + " " + committed + "\n";
            Files.writeString(ends, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Dying extends PassingStore {
        private final JdbcStore store;
        private final Moment moment;
        private final AtomicInteger left;

        Dying(JdbcStore store, Moment moment, int count) {
            super(store);
            this.store = store;
            this.moment = moment;
            left = new AtomicInteger(count);
        }

        private void reach(Moment now) {
            if (now == moment && left.decrementAndGet() <= 0) {
                Runtime.getRuntime().halt(137);
            }
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            List<InsertOutcome> outcomes = super.insert(caller, rows);
            reach(Moment.INSERTED);
            return outcomes;
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> updates) {
            reach(Moment.REPORTED);
            super.update(caller, updates);
            reach(Moment.UPDATED);
        }

        @Override
        public List<InsertOutcome> write(EngineEpoch caller, List<TaskRow> rows, List<TaskUpdate> updates) {
            reach(Moment.REPORTED);
            List<InsertOutcome> outcomes = store.write(caller, rows, updates);
            reach(Moment.INSERTED);
            reach(Moment.UPDATED);
            return outcomes;
        }
    }
}
