// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.FencedEvent;
import io.cdnrefresh.model.LeaderEvent;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.redis.RedisCoordinator;
import io.cdnrefresh.spi.EngineClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An engine in a process of its own that takes a task in every few milliseconds, whose clock can be stepped. */
final class TokenEngine {
    private static final Logger logger = LoggerFactory.getLogger(TokenEngine.class);
    static final Duration LEASE = Duration.ofSeconds(3);
    private static final long PAUSE_MILLIS = 20;

    private TokenEngine() {}

    /** Starts it as a child; {@code offset} is a file that holds what its wall clock is ahead, in seconds. */
    static LauncherProcess start(String storeUrl, String redisUrl, String owner, Path offset) {
        return LauncherProcess.startMain(TokenEngine.class, storeUrl, redisUrl, owner, offset.toString());
    }

    /** Store URL, Redis URL, owner, file of the clock's offset. */
    public static void main(String[] args) throws InterruptedException {
        Stepped clock = new Stepped(Path.of(args[3]));
        while (true) {
            live(args, clock);
        }
    }

    /** From a claim to the loss of it. */
    private static void live(String[] args, EngineClock clock) throws InterruptedException {
        CountDownLatch fenced = new CountDownLatch(1);
        try (JdbcStore store = JdbcStore.builder().url(args[0]).build();
                RedisCoordinator coordinator = RedisCoordinator.builder(args[1])
                        .clock(clock)
                        .lease(Duration.ofSeconds(2))
                        .commandTimeout(Duration.ofSeconds(1))
                        .build();
                RefreshEngine engine = RefreshEngine.builder()
                        .store(store)
                        .coordinator(coordinator)
                        .clock(clock)
                        .options(EngineOptions.DEFAULTS.toBuilder()
                                .owner(args[2])
                                .lease(LEASE)
                                .lanes(1)
                                .build())
                        .build()) {
            engine.subscribe(FencedEvent.class, event -> {
                say("fenced " + event.engine());
                fenced.countDown();
            });
            engine.subscribe(LeaderEvent.class, event -> say(event.isLeader() ? "leads " + event.token() : "deposed"));
            engine.start();
            while (!engine.unreadiness().isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
            say("serves");
            boolean wasRefused = false;
            for (int i = 0; fenced.getCount() > 0; i++) {
                boolean isRefused = !submit(engine, i);
                if (isRefused != wasRefused) {
                    say(isRefused ? "refuses" : "takes");
                }
                wasRefused = isRefused;
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
    }

    private static boolean submit(RefreshEngine engine, int number) {
        try {
            engine.submit(RefreshTask.purge("http://www.example.com/" + number));
            return true;
        } catch (RefreshException refused) {
            return false;
        }
    }

    private static void say(String line) {
        logger.warn(line); // what the tests show
    }

    /** The wall clock is as much ahead as the file says; what is monotonic stays so. */
    private static final class Stepped implements EngineClock {
        private volatile long offsetSeconds;

        Stepped(Path file) {
            Thread watch = new Thread(() -> watch(file), "clock-watch");
            watch.setDaemon(true);
            watch.start();
        }

        private void watch(Path file) {
            try {
                while (true) {
                    String text = Files.exists(file) ? Files.readString(file).trim() : "";
                    offsetSeconds = text.isEmpty() ? 0 : Long.parseLong(text);
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public Instant now() {
            return Instant.now().plusSeconds(offsetSeconds);
        }
    }
}
