// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.spi.CacheResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The rule file of {@code regex_revalidate}: one line for each pattern, {@code pattern expiry MISS|STALE}. A line fires
 * when it is new or its expiry has changed; from then on every copy from before that moment counts as absent or stale
 * until the rule expires. Owned by the thread of its {@link FileWorker}.
 */
/*
 * Implementation notes. The plugin reads the file again only if its time of change, in whole seconds, is later than at the
 * last reading: two changes within a second would lose the second one. So the time is set by hand, one second on at
 * least. What the plugin has read it writes to its state file, with the moment from which each rule holds: that is the
 * proof that the rule is in force. Rules stay in its memory until they expire, also when they are no longer in the file.
 */
final class RuleFile {
    /** The most rules; with more the ones of one host become one rule for the host. Every request is matched to all. */
    static final int MAX_RULES = 256;

    /** A copy that is older than the rule must not be served again before it is too old itself. */
    private static final long LIFETIME_SECONDS = TimeUnit.DAYS.toSeconds(366);

    private static final long POLL_MILLIS = 10;
    private static final long LOAD_MILLIS = 5_000;
    /** Without a command the plugin looks once a minute. */
    private static final long TIMED_LOAD_MILLIS = 65_000;

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

    /** Writes the rules of all jobs, has them read, and tells each. */
    void apply(List<FileWorker.Job> jobs) {
        CacheResult result;
        try {
            read();
            List<Rule> fired = new ArrayList<>();
            for (FileWorker.Job job : jobs) {
                String pattern = AtsRule.pattern(job.kind(), job.request().target());
                fired.add(add(pattern, job.isSoft()));
                if (!job.isSoft()) {
                    fired.addAll(harden(pattern));
                }
            }
            fired.addAll(collapse());
            write();
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

    private Rule add(String pattern, boolean isSoft) {
        long now = rules.clock().now().getEpochSecond();
        lastExpiry = Math.max(now + LIFETIME_SECONDS, lastExpiry + 1);
        active.values().removeIf(rule -> rule.expiry <= now);
        Rule rule = new Rule(pattern, lastExpiry, isSoft);
        if (!isSoft && pattern.equals(AtsRule.hostPart(pattern))) {
            active.keySet().removeIf(narrower -> narrower.startsWith(pattern));
        }
        active.remove(pattern);
        active.put(pattern, rule);
        return rule;
    }

    /** The first rule that fits decides: one that only marks may not stand before one that removes. */
    private List<Rule> harden(String pattern) {
        String host = AtsRule.hostPart(pattern);
        List<String> soft = active.values().stream()
                .filter(rule -> rule.isSoft && AtsRule.mayMeet(host, AtsRule.hostPart(rule.pattern)))
                .map(Rule::pattern)
                .toList();
        return soft.stream().map(rule -> add(rule, false)).toList();
    }

    /** Too many rules of one host become a purge of the host: more than was asked for, but of this host only. */
    private List<Rule> collapse() {
        List<Rule> fired = new ArrayList<>();
        while (active.size() > MAX_RULES) {
            Map<String, Long> byHost =
                    active.keySet().stream().collect(Collectors.groupingBy(AtsRule::hostPart, Collectors.counting()));
            String host = byHost.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .orElseThrow()
                    .getKey();
            if (byHost.getOrDefault(host, 0L) == 1) {
                return fired; // one rule for each of very many hosts
            }
            fired.add(add(host, false));
        }
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
                    active.put(rule.pattern, rule);
                    lastExpiry = Math.max(lastExpiry, rule.expiry);
                }
            }
        }
        isRead = true;
    }

    private void write() throws IOException {
        long now = rules.clock().now().getEpochSecond();
        long last = Files.exists(file) ? Files.getLastModifiedTime(file).to(TimeUnit.SECONDS) : 0;
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        String text = active.values().stream().map(Rule::line).collect(Collectors.joining("\n", "", "\n"));
        Files.writeString(fresh, text, StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setLastModifiedTime(fresh, FileTime.from(Math.max(now, last + 1), TimeUnit.SECONDS));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private CacheResult load(List<Rule> fired) throws IOException, InterruptedException {
        long limitMillis = TIMED_LOAD_MILLIS;
        if (!reload.isEmpty()) {
            Process process = new ProcessBuilder(reload)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(LOAD_MILLIS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return new CacheResult.Failed("reload command takes too long");
            }
            if (process.exitValue() != 0) {
                return new CacheResult.Failed("reload command ended with " + process.exitValue());
            }
            limitMillis = LOAD_MILLIS;
        }
        long endNanos = rules.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        while (!isLoaded(fired)) {
            if (rules.clock().nanos() - endNanos > 0) {
                return new CacheResult.Failed("rules not read by the server: " + state + " does not show them");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return rules.ofFiles();
    }

    /** Lines of the state file: {@code pattern epoch expiry MISS|STALE}. */
    private boolean isLoaded(List<Rule> fired) throws IOException {
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
        return fired.stream()
                .filter(rule -> rule.equals(active.get(rule.pattern)))
                .allMatch(rule -> loaded.contains(rule.pattern + " " + rule.expiry));
    }

    private record Rule(String pattern, long expiry, boolean isSoft) {
        private String line() {
            return pattern + " " + expiry + " " + (isSoft ? "STALE" : "MISS");
        }
    }
}
