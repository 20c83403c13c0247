// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample of log shipping against the rsyslog that is installed. */
class RsyslogTest {
    private static final Path EXAMPLE = Path.of("..", "examples", "logging");
    private static final Path MODULES = Path.of("/usr/lib/x86_64-linux-gnu/rsyslog");

    @TempDir
    Path folder;

    @BeforeEach
    void needRsyslog() {
        assumeTrue(Files.isExecutable(Path.of("/usr/sbin/rsyslogd")), "rsyslog is not installed");
    }

    /** The example with its folders moved to where a test may write. */
    private Path config(String... included) throws IOException {
        String all = Files.readString(EXAMPLE.resolve("rsyslog.conf"))
                .replace(
                        "/var/spool/rsyslog",
                        Files.createDirectories(folder.resolve("spool")).toString())
                .replace("/var/log/cdn-refresh/", Files.createDirectories(folder.resolve("in")) + "/")
                .replace("/var/log/cdn-refresh-all", folder.resolve("out").toString());
        for (String name : included) {
            String line = "# include(file=\"/etc/rsyslog.d/refresh/" + name + ".conf\")";
            String module = "module(load=\"om" + name + "\")";
            assertThat(all).contains(line, "# " + module);
            all = all.replace("# " + module, module).replace(line, Files.readString(EXAMPLE.resolve(name + ".conf")));
        }
        return Files.writeString(folder.resolve("rsyslog.conf"), all);
    }

    private static void check(Path config) throws Exception {
        Process process = new ProcessBuilder("/usr/sbin/rsyslogd", "-N1", "-f", config.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).doesNotContain("error", "warning");
    }

    @Test
    void configuration_filesOnly_isSound() throws Exception {
        check(config());
    }

    @Test
    void configuration_kafka_isSound() throws Exception {
        assumeTrue(Files.exists(MODULES.resolve("omkafka.so")), "rsyslog-kafka is not installed");
        check(config("kafka"));
    }

    @Test
    void configuration_elasticsearch_isSound() throws Exception {
        assumeTrue(Files.exists(MODULES.resolve("omelasticsearch.so")), "rsyslog-elasticsearch is not installed");
        check(config("elasticsearch"));
    }

    @Test
    void line_ofALogFile_comesThroughWithTheNameOfItsHost() throws Exception {
        Path config = config();
        Process rsyslog = new ProcessBuilder(
                        "/usr/sbin/rsyslogd",
                        "-n",
                        "-f",
                        config.toString(),
                        "-i",
                        folder.resolve("pid").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("rsyslog.txt").toFile())
                .start();
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        try (LogFile file = new LogFile(folder.resolve("in").resolve("engine.json"), 1 << 20, 1)) {
            LogWriter writer = new LogWriter(null, file);
            writer.setContext(context);
            writer.start();
            Logger logger = context.getLogger("io.cdnrefresh.test");
            logger.setLevel(Level.INFO);
            logger.addAppender(writer);
            logger.info("device connected device={} attempt={}", "eu-\"1\"", 3);
            Path all = folder.resolve("out").resolve("refresh.json");
            await().atMost(Duration.ofMinutes(1)).ignoreExceptions().untilAsserted(() -> {
                List<String> lines = Files.readAllLines(all);
                assertThat(lines).hasSize(1);
                var line = Json.object(lines.get(0).getBytes(StandardCharsets.UTF_8));
                assertThat(line.get("event")).isEqualTo("device connected");
                assertThat(line.get("device")).isEqualTo("eu-\"1\"");
                assertThat(String.valueOf(line.get("host"))).isNotEmpty();
            });
            writer.stop();
        } finally {
            rsyslog.destroy();
            assertThat(rsyslog.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
