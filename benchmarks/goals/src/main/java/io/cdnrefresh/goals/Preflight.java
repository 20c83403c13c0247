// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Looks at what would spoil a run: settings of the machine, its load, messages of its kernel. */
final class Preflight {
    private static final List<String> BAD_MESSAGES = List.of(
            "table full", "time wait bucket table overflow", "possible syn flooding", "out of memory", "throttled");

    private Preflight() {}

    /** What is worth a line; a line that begins with "spoils" says so. */
    static List<String> look(boolean overNetwork) {
        List<String> lines = new ArrayList<>();
        int processors = Runtime.getRuntime().availableProcessors();
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        if (load > 0.3 * processors) {
            lines.add(String.format(
                    Locale.ROOT, "spoils: load %.1f on %d processors: others are running", load, processors));
        }
        if (overNetwork) {
            network(lines);
        }
        kernelMessages(lines);
        return lines.isEmpty() ? List.of("nothing that spoils") : lines;
    }

    private static void network(List<String> lines) {
        OptionalLong tracked = number("/proc/sys/net/netfilter/nf_conntrack_count");
        OptionalLong trackable = number("/proc/sys/net/netfilter/nf_conntrack_max");
        if (tracked.isPresent() && trackable.isPresent()) {
            boolean isTight = trackable.getAsLong() - tracked.getAsLong() < 100_000;
            lines.add(
                    (isTight ? "spoils: " : "") + "conntrack " + tracked.getAsLong() + " of " + trackable.getAsLong());
        }
        atLeast(lines, "TIME_WAIT buckets", "/proc/sys/net/ipv4/tcp_max_tw_buckets", 50_000);
        atLeast(lines, "somaxconn", "/proc/sys/net/core/somaxconn", 4_096);
        String[] range = text("/proc/sys/net/ipv4/ip_local_port_range").strip().split("\\s+", -1);
        if (range.length == 2) {
            long ports = Long.parseLong(range[1]) - Long.parseLong(range[0]) + 1;
            lines.add((ports < 20_000 ? "spoils: " : "") + "local ports " + ports);
        }
        for (String line : text("/proc/self/limits").split("\n", -1)) {
            if (line.startsWith("Max open files")) {
                String soft = line.substring("Max open files".length()).strip().split("\\s+", -1)[0];
                boolean isFew = !soft.equals("unlimited") && Long.parseLong(soft) < 20_000;
                lines.add((isFew ? "spoils: " : "") + "open files " + soft);
            }
        }
    }

    private static void atLeast(List<String> lines, String name, String file, long least) {
        number(file).ifPresent(value -> lines.add((value < least ? "spoils: " : "") + name + " " + value));
    }

    private static void kernelMessages(List<String> lines) {
        try {
            Process dmesg =
                    new ProcessBuilder("dmesg").redirectErrorStream(true).start();
            String all = new String(dmesg.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!dmesg.waitFor(5, TimeUnit.SECONDS) || dmesg.exitValue() != 0) {
                return; // not allowed to read them
            }
            all.lines()
                    .filter(line -> BAD_MESSAGES.stream().anyMatch(line.toLowerCase(Locale.ROOT)::contains))
                    .reduce((first, second) -> second)
                    .ifPresent(last -> lines.add("spoils: kernel: " + last.strip()));
        } catch (IOException e) {
            // no dmesg here: nothing to say
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static OptionalLong number(String file) {
        String text = text(file).strip();
        return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    }

    private static String text(String file) {
        // not Files.readString: it reads one byte first, and a file of /proc/sys ends after its first read
        try (InputStream in = new FileInputStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return ""; // not on this system
        }
    }
}
