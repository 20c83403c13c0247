// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Log lines on their way to a disk that is slow, blocked or full; their forms; and files that begin anew. */
class LogWriterTest {
    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("io.cdnrefresh.test");

    @TempDir
    Path folder;

    LogWriterTest() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private LogWriter start(boolean isJson, OutputStream out) {
        PatternLayoutEncoder encoder = null;
        if (!isJson) {
            encoder = new PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{0} - %msg%n");
            encoder.start();
        }
        LogWriter writer = new LogWriter(encoder, out);
        writer.setContext(context);
        writer.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(writer);
        return writer;
    }

    /** A disk that takes nothing before it is told to. */
    private static final class Blocked extends OutputStream {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();

        @Override
        public void write(int single) {
            taken.write(single);
        }

        @Override
        public void write(byte[] line, int from, int length) throws IOException {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            synchronized (taken) {
                taken.write(line, from, length);
            }
        }

        String text() {
            synchronized (taken) {
                return taken.toString(StandardCharsets.UTF_8);
            }
        }
    }

    @Test
    void disk_thatIsBlocked_keepsNobodyWaitingAndDropsAreCounted() throws InterruptedException {
        Blocked disk = new Blocked();
        LogWriter writer = start(true, disk);
        logger.info("first");
        assertThat(disk.begun.await(1, TimeUnit.MINUTES)).isTrue();
        int lines = 3 * LogWriter.CAPACITY;
        // this thread would never come to the end if it waited for the disk
        for (int i = 0; i < lines; i++) {
            logger.info("request taken number={}", i);
        }
        assertThat(writer.dropped()).isEqualTo(lines - LogWriter.CAPACITY);
        disk.release.countDown();
        await().until(() ->
                disk.text().contains("\"event\":\"log lines dropped\",\"count\":" + writer.dropped() + "}"));
        await().until(() -> writer.waiting() == 0);
        logger.info("last");
        await().until(() -> disk.text().contains("\"event\":\"last\""));
        assertThat(disk.text().lines().filter(line -> line.contains("request taken")))
                .hasSize(LogWriter.CAPACITY);
    }

    @Test
    void disk_thatFails_isCountedAndTriedAgain() {
        ByteArrayOutputStream good = new ByteArrayOutputStream();
        boolean[] isBroken = {true};
        LogWriter writer = start(false, new OutputStream() {
            @Override
            public void write(int single) throws IOException {
                write(new byte[] {(byte) single}, 0, 1);
            }

            @Override
            public synchronized void write(byte[] line, int from, int length) throws IOException {
                if (isBroken[0]) {
                    isBroken[0] = false;
                    throw new IOException("No space left on device");
                }
                good.write(line, from, length);
            }
        });
        logger.info("lost");
        await().until(() -> writer.failures() == 1);
        logger.info("kept");
        await().until(() -> good.toString(StandardCharsets.UTF_8).contains("kept"));
    }

    @Test
    void json_values_areFieldsWithTheirTypes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        start(true, out);
        logger.warn(
                "push failed device={} attempt={} final={} share={} level={} {}", "d\"1", 3, true, 0.5, "x", "rest");
        logger.error("broken task={}", Path.of("42"), new IllegalStateException("why"));
        logger.info("no values");
        context.stop();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(3);
        Map<String, ?> first = Json.object(lines.get(0).getBytes(StandardCharsets.UTF_8));
        assertThat(lines.get(0))
                .contains("\"level\":\"warn\"", "\"event\":\"push failed\"", "\"device\":\"d\\\"1\"", "\"attempt\":3,")
                .contains("\"final\":true", "\"share\":0.5", "\"level_\":\"x\"");
        assertThat(first.get("message"))
                .isEqualTo("push failed device=d\"1 attempt=3 final=true share=0.5 level=x rest");
        assertThat(String.valueOf(first.get("time"))).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(lines.get(1))
                .contains("\"task\":\"42\"", "\"error\":\"java.lang.IllegalStateException: why\"", "\"stack\":\"");
        assertThat(lines.get(2)).contains("\"event\":\"no values\"");
    }

    @Test
    void json_hostileValues_stayOneLineOfSoundJson() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        start(true, out);
        logger.info("seen url={} {}", "a\nb\u0000\"}", "\ud800");
        context.stop();
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text.lines()).hasSize(1);
        assertThat(Json.object(text.strip().getBytes(StandardCharsets.UTF_8)).get("event"))
                .isEqualTo("seen");
    }

    @Test
    void file_thatIsFull_beginsAnewAndKeepsSome() throws IOException {
        Path file = folder.resolve("logs/refresh.log");
        try (LogFile log = new LogFile(file, 100, 2)) {
            for (int i = 0; i < 20; i++) {
                log.write("line %02d of them all, 30 bytes\n".formatted(i).getBytes(StandardCharsets.UTF_8));
            }
        }
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder("refresh.log", "refresh.log.1", "refresh.log.2");
        }
        assertThat(Files.readString(file)).contains("line 19");
        assertThat(Files.readString(folder.resolve("logs/refresh.log.1")))
                .contains("line 17")
                .doesNotContain("line 19");
        assertThat(Files.size(file)).isLessThanOrEqualTo(100);
        try (LogFile again = new LogFile(file, 100_000, 2)) {
            again.write("more\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(Files.readString(file)).contains("line 19", "more");
    }
}
