// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.spi.CacheResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rule file of {@code regex_revalidate}: one line for each pattern, {@code pattern expiry MISS|STALE}. A line fires
 * when it is new or its expiry has changed; from then on every copy from before that moment counts as absent or stale
 * until the rule expires. Owned by the thread of its {@link FileWorker}.
 */
/*
 * Implementation notes. The plugin reads the file again only if its time of change, in whole seconds, is later than at the
 * last reading: two changes within a second would lose the second one. So the time is set by hand, one second on at
 * least. What the plugin has read it writes to its state file, with the moment from which each rule holds, and only then
 * puts the rules in force, both under one lock. So there is a second reading, of a rule that fits nothing: when the state
 * file shows that one, the rules of the first reading are in force. Rules stay in the plugin's memory until they expire,
 * also when they are no longer in the file.
 */
final class RuleFile {
    /** The most rules; with more the ones of the host that asks become one. Every request is matched to all. */
    static final int MAX_RULES = 256;

    /** A copy that is older than the rule must not be served again before it is too old itself. */
    private static final long LIFETIME_SECONDS = TimeUnit.DAYS.toSeconds(366);

    /** Fits no URL. */
    private static final String MARK = "^refresh-was-read$";

    private static final long POLL_MILLIS = 10;
    private static final long LOAD_MILLIS = 5_000;
    /** Without a command the plugin looks once a minute. */
    private static final long TIMED_LOAD_MILLIS = 65_000;
    /** Without a command there is no second reading: long enough for what follows the state file. */
    private static final long TIMED_SETTLE_MILLIS = 1_000;
    /** For the writing itself. */
    private static final long MARGIN_MILLIS = 5_000;

    private final Path file;
    private final Path state;
    private final List<String> reload;
    private final CacheRules rules;
    private final Map<String, Rule> active = new LinkedHashMap<>();
    private boolean isRead;
    private long lastExpiry;

    RuleFile(CacheSettings settings, CacheRules rules) {
        file = Path.of(settings.rules());
        state = Path.of(settings.rules() + ".state");
        reload = settings.reload();
        this.rules = rules;
    }

    /** The longest that a job takes which comes while the one before it has just begun to wait for the server. */
    static Duration longest(CacheSettings settings) {
        long once = settings.reload().isEmpty() ? TIMED_LOAD_MILLIS + TIMED_SETTLE_MILLIS : 4 * LOAD_MILLIS;
        return Duration.ofMillis(2 * once + MARGIN_MILLIS);
    }

    /** Writes the rules of all jobs, has them read, and tells each. */
    void apply(List<FileWorker.Job> jobs) {
        CacheResult result;
        try {
            read();
            List<Rule> fired = new ArrayList<>();
            for (FileWorker.Job job : jobs) {
                String pattern = AtsRule.pattern(job.kind(), job.request().target());
                fired.addAll(fire(pattern, job.isSoft()));
                if (active.size() > MAX_RULES) {
                    fired.addAll(collapse(pattern));
                }
            }
            result = load(fired);
        } catch (IOException e) {
            result = new CacheResult.Failed("rule file: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            result = new CacheResult.Failed("driver closed");
        }
        for (FileWorker.Job job : jobs) {
            job.listener().onResult(result);
        }
    }

    /** The first rule that fits decides: one that only marks may not stand before one that removes. */
    private List<Rule> fire(String pattern, boolean isSoft) {
        List<Rule> fired = new ArrayList<>();
        fired.add(add(pattern, isSoft));
        if (!isSoft) {
            // a soft rule of one host, and the purge is of this host, too: no other host loses anything
            List<String> marking = active.values().stream()
                    .filter(rule -> rule.isSoft && AtsRule.mayMeet(pattern, rule.pattern))
                    .map(Rule::pattern)
                    .toList();
            marking.forEach(soft -> fired.add(add(soft, false)));
        }
        return fired;
    }

    private Rule add(String pattern, boolean isSoft) {
        long now = rules.clock().now().getEpochSecond();
        long expiry = nextExpiry(now);
        active.values().removeIf(rule -> rule.expiry <= now);
        if (!isSoft && AtsRule.isWhole(pattern)) {
            // soft ones stay: the server knows them, and they must become hard
            active.values().removeIf(rule -> !rule.isSoft && rule.pattern.startsWith(pattern));
        }
        Rule rule = new Rule(pattern, expiry, isSoft);
        active.remove(pattern);
        active.put(pattern, rule);
        return rule;
    }

    private long nextExpiry(long now) {
        lastExpiry = Math.max(now + LIFETIME_SECONDS, lastExpiry + 1);
        return lastExpiry;
    }

    /** Too many rules: the ones of the host that asked become one. More than was asked for, but of this host only. */
    private List<Rule> collapse(String pattern) {
        String host = AtsRule.hostOf(pattern);
        List<Rule> ofHost = active.values().stream()
                .filter(rule -> AtsRule.hostOf(rule.pattern).equals(host))
                .toList();
        if (ofHost.size() < 2 || AtsRule.isWide(pattern)) {
            return List.of(); // one rule for each of very many hosts
        }
        List<Rule> fired = fire(AtsRule.ofHost(host), false);
        // those that were soft stay until the server has read that they are hard
        ofHost.stream().filter(rule -> !rule.isSoft).forEach(rule -> active.remove(rule.pattern, rule));
        return fired;
    }

    private void read() throws IOException {
        if (isRead) {
            return;
        }
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                String[] parts = line.trim().split("\\s+", -1);
                if (parts.length >= 2 && !line.startsWith("#") && parts[1].matches("[0-9]{1,12}")) {
                    boolean isSoft = parts.length < 3 || !parts[2].equalsIgnoreCase("MISS");
                    Rule rule = new Rule(parts[0], Long.parseLong(parts[1]), isSoft);
                    if (!rule.pattern.equals(MARK)) {
                        active.put(rule.pattern, rule);
                    }
                    lastExpiry = Math.max(lastExpiry, rule.expiry);
                }
            }
        }
        isRead = true;
    }

    /** @param mark the rule that fits nothing; null = none yet */
    private void write(@Nullable Rule mark) throws IOException {
        long now = rules.clock().now().getEpochSecond();
        long last = Files.exists(file) ? Files.getLastModifiedTime(file).to(TimeUnit.SECONDS) : 0;
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        String text = Stream.concat(active.values().stream(), Stream.ofNullable(mark))
                .map(Rule::line)
                .collect(Collectors.joining("\n", "", "\n"));
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setLastModifiedTime(fresh, FileTime.from(Math.max(now, last + 1), TimeUnit.SECONDS));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().resolveSibling(""), StandardOpenOption.READ)) {
            folder.force(true); // the move itself
        }
    }

    private CacheResult load(List<Rule> fired) throws IOException, InterruptedException {
        List<Rule> awaited = fired.stream()
                .filter(rule -> rule.equals(active.get(rule.pattern)))
                .toList();
        String fault = await(awaited, null);
        if (!fault.isEmpty()) {
            return new CacheResult.Failed(fault);
        }
        if (reload.isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(TIMED_SETTLE_MILLIS);
            return rules.ofFiles();
        }
        Rule mark = new Rule(MARK, nextExpiry(rules.clock().now().getEpochSecond()), false);
        fault = await(List.of(mark), mark);
        return fault.isEmpty() ? rules.ofFiles() : new CacheResult.Failed(fault);
    }

    /** Writes the file and has it read until the state shows the rules; what is wrong, or nothing. */
    private String await(List<Rule> awaited, @Nullable Rule mark) throws IOException, InterruptedException {
        write(mark);
        long limitMillis = TIMED_LOAD_MILLIS;
        if (!reload.isEmpty()) {
            Process process = new ProcessBuilder(reload)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(LOAD_MILLIS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return "reload command takes too long";
            }
            if (process.exitValue() != 0) {
                return "reload command ended with " + process.exitValue();
            }
            limitMillis = LOAD_MILLIS;
        }
        long endNanos = rules.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        while (!isLoaded(awaited)) {
            if (rules.clock().nanos() - endNanos > 0) {
                return "rules not read by the server: " + state + " does not show them";
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return "";
    }

    /** Lines of the state file: {@code pattern epoch expiry MISS|STALE}. */
    private boolean isLoaded(List<Rule> awaited) throws IOException {
        if (!Files.exists(state)) {
            return false;
        }
        Set<String> loaded = new HashSet<>();
        for (String line : Files.readAllLines(state, StandardCharsets.UTF_8)) {
            String[] parts = line.split(" ", -1);
            if (parts.length == 4) {
                loaded.add(parts[0] + " " + parts[2]);
            }
        }
        return awaited.stream().allMatch(rule -> loaded.contains(rule.pattern + " " + rule.expiry));
    }

    private record Rule(String pattern, long expiry, boolean isSoft) {
        private String line() {
            return pattern + " " + expiry + " " + (isSoft ? "STALE" : "MISS");
        }
    }
}
