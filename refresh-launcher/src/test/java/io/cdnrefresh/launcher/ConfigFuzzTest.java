// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every key with every wrong kind of value, and files of damaged bytes: a configuration or the list of its faults, never
 * another exception. Prints its seed; {@code -Drefresh.seed=} replays, {@code -Drefresh.fuzz=} sets the number of files.
 */
class ConfigFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int FILES = Integer.getInteger("refresh.fuzz", 900);
    /** Types, ranges and units; each is wrong for most keys. */
    private static final List<String> VALUES = List.of(
            "true",
            "false",
            "0",
            "-1",
            "1",
            "3",
            "9223372036854775807",
            "-9223372036854775808",
            "1.5",
            "inf",
            "nan",
            "1979-05-27T07:32:00Z",
            "07:32:00",
            "[]",
            "[[]]",
            "[1]",
            "[\"x\"]",
            "[\"\"]",
            "[\"a\", 1]",
            "{}",
            "{ x = 1 }",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"1\"",
            "\"10\"",
            "\"10x\"",
            "\"10 s\"",
            "\"10S\"",
            "\"-10s\"",
            "\"10kib\"",
            "\"10KiB\"",
            "\"99999999999s\"",
            "\"999999999h\"",
            "\"999999999GiB\"",
            "\"101%\"",
            "\"50%\"",
            "\"1/s\"",
            "\"1/0s\"",
            "\"999999999999999999999/d\"",
            "\"\\u0000\"",
            "\"\\n\"",
            "\"http://\"",
            "\"http://h:99999\"",
            "\"http://u:p@h:1\"",
            "\"jdbc:mysql://\"",
            "\"a = b\"",
            "[\"a = b\"]",
            "[\"a =\"]",
            "[\"= a\"]",
            "[\"a = *.*.b\"]",
            "[\"h:1\"]",
            "[\"h:0\"]",
            "\"../../etc/passwd\"",
            "\"" + "x".repeat(5_000) + "\"");

    private static final String MARKS = "[]{}=\"'\\.,#\n\r\t 0123456789abcuUxonite-+_:TZ";

    @TempDir
    Path folder;

    private @Nullable ConfigException load(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("refresh.toml"), bytes);
        try {
            assertThat(ConfigLoader.load(file, Map.of(), List.of(), List.of())).isNotNull();
            return null;
        } catch (ConfigException refused) {
            assertThat(refused.faults()).isNotEmpty();
            return refused;
        }
    }

    private List<String> faults(String text) throws IOException {
        ConfigException refused = load(text.getBytes(StandardCharsets.UTF_8));
        return refused == null
                ? List.of()
                : refused.faults().stream().map(ConfigFault::toString).toList();
    }

    private static String table(ConfigKey key) {
        String section = key.section().replace("[]", "");
        return key.isRepeated() ? "[[" + section + "]]\n" : "[" + section + "]\n";
    }

    @Test
    void eachKey_eachWrongValue_isAFaultThatNamesThem() throws IOException {
        Map<ConfigKey, Integer> refused = new HashMap<>();
        for (String value : VALUES) {
            StringBuilder all = new StringBuilder();
            for (ConfigKey key : ConfigTable.KEYS) {
                all.append(all.indexOf(table(key)) < 0 ? table(key) : "")
                        .append(key.name())
                        .append(" = ")
                        .append(value)
                        .append('\n');
            }
            List<String> faults = faults(all.toString());
            for (ConfigKey key : ConfigTable.KEYS) {
                String name = ": " + key.path().replace("[]", ".0") + ": ";
                List<String> own =
                        faults.stream().filter(fault -> fault.contains(name)).toList();
                refused.merge(key, own.isEmpty() ? 0 : 1, Integer::sum);
                assertThat(own)
                        .as("%s = %s", key.path(), value)
                        .allSatisfy(
                                fault -> assertThat(fault).contains(key.type().expected()));
                assertThat(key.type().secret() && own.toString().contains("xxxx"))
                        .as("%s is shown", key.path())
                        .isFalse();
            }
        }
        assertThat(refused)
                .allSatisfy((key, count) -> assertThat(count).as(key.path()).isGreaterThan(10));
    }

    @Test
    void eachKey_twiceOrMisspelt_isAFault() throws IOException {
        for (ConfigKey key : ConfigTable.KEYS) {
            String line = key.name() + " = 1\n";
            assertThat(faults(table(key) + line + line)).as(key.path()).anyMatch(fault -> fault.contains(": syntax: "));
            assertThat(faults(table(key) + key.name() + "x = 1\n"))
                    .as(key.path())
                    .anyMatch(fault -> fault.contains(key.name() + "x: 1 (expected: a key that exists"));
        }
    }

    @Test
    void eachKey_asATable_isAFault() throws IOException {
        for (ConfigKey key : ConfigTable.KEYS) {
            String path = key.path().replace("[]", "");
            assertThat(faults("[" + path + "]\nx = 1\n")).as(key.path()).isNotEmpty();
            assertThat(faults("[[" + path + "]]\nx = 1\n")).as(key.path()).isNotEmpty();
        }
    }

    @Test
    void anyBytes_areReadOrRefused() throws IOException {
        Random random = new Random(SEED);
        byte[] all = ConfigPrinter.defaults().getBytes(StandardCharsets.UTF_8);
        int taken = 0;
        for (int i = 0; i < FILES; i++) {
            byte[] bytes = i % 3 == 0 ? noise(random) : damaged(random, all);
            try {
                taken += load(bytes) == null ? 1 : 0;
            } catch (RuntimeException | StackOverflowError other) {
                throw new AssertionError(
                        "seed " + SEED + " file " + i + ": " + new String(bytes, StandardCharsets.UTF_8), other);
            }
        }
        assertThat(taken).as("taken, seed " + SEED).isLessThan(FILES);
    }

    @Test
    void deepNesting_isRefused() throws IOException {
        for (String open : List.of("[", "{a=", "[[", "{a=[")) {
            assertThat(faults("x = " + open.repeat(20_000))).as(open).isNotEmpty();
        }
        assertThat(faults("a" + ".a".repeat(20_000) + " = 1")).isNotEmpty();
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) MARKS.charAt((bytes[i] & 0xff) % MARKS.length());
            }
        }
        return bytes;
    }

    /** A piece of the whole file, with a few bytes changed. */
    private static byte[] damaged(Random random, byte[] all) {
        int from = random.nextInt(all.length);
        byte[] bytes = Arrays.copyOfRange(all, from, Math.min(all.length, from + 40 + random.nextInt(800)));
        List<Integer> places = new ArrayList<>();
        for (int changes = random.nextInt(5); changes > 0; changes--) {
            places.add(random.nextInt(bytes.length));
        }
        places.forEach(at -> bytes[at] =
                (byte) (random.nextBoolean() ? random.nextInt(256) : "[]{}=\"'\n.".charAt(random.nextInt(9))));
        return bytes;
    }
}
