// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A proxy in all the trouble there is: an origin whose content changes, clients that fetch through the cache with
 * fetches that take up to the fence and end with the content of their beginning, a driver that fails, hangs and answers
 * out of order, engines whose links come and go and that send again what is not reported.
 *
 * <p>Checked: a final VERIFIED is said only while the cache holds no copy from before its first purge; a preload begins
 * only when every earlier refresh of the same object is finished and its fence over; no task is purged again after its
 * final report; at the end everything is finally reported.
 */
final class InterleavingModel {
    private static final int URLS = 12;
    private static final Duration FENCE = Duration.ofSeconds(2);

    private final Random random;
    private final Rig rig = new Rig();
    private final boolean hasFence;
    private final ModelCache cache;
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Integer> figures = new LinkedHashMap<>();
    private final Map<String, Integer> origin = new HashMap<>();
    private final List<Fetch> fetches = new ArrayList<>();
    private final Map<Long, SentCommand> sent = new TreeMap<>();
    private final Set<Long> unfinished = new HashSet<>();
    private final Map<EngineLink, Integer> read = new HashMap<>();
    private EngineLink link;
    private final java.util.ArrayDeque<Long> backlog = new java.util.ArrayDeque<>();
    private long nextId;
    private long epoch = 1;

    InterleavingModel(long seed, boolean hasFence) {
        random = new Random(seed);
        this.hasFence = hasFence;
        cache = new ModelCache();
        rig.settings = Rig.settings(4, 40, 16, 120);
        rig.caches.add(new AgentCache("model", cache, false, Duration.ZERO));
        for (String what : List.of("verified", "preloaded", "repeats", "failures", "links", "epochs")) {
            figures.put(what, 0);
        }
        rig.start();
        link = rig.engines.connect(1, epoch);
    }

    List<String> violations() {
        return violations;
    }

    Map<String, Integer> figures() {
        return figures;
    }

    void run(int steps) {
        for (int i = 0; i < steps && violations.size() < 10; i++) {
            step();
        }
        drain();
    }

    private void step() {
        switch (random.nextInt(20)) {
            case 0, 1 -> submit();
            case 2 -> origin.merge(url(), 1, Integer::sum);
            case 3, 4, 5 -> fetch(url());
            case 6, 7, 8, 9, 10 -> cache.answerOne();
            case 11 -> sendAgain();
            case 12 -> acknowledge();
            case 13 -> {
                if (random.nextInt(40) == 0) {
                    reconnect();
                }
            }
            case 14 -> rig.engines.isRefusing = random.nextInt(4) == 0;
            default -> tick(random.nextInt(120));
        }
        rig.run();
        readReports();
    }

    private void tick(int millis) {
        Instant until = rig.clock.now().plusMillis(millis);
        while (rig.clock.now().isBefore(until)) {
            rig.clock.advanceMillis(
                    Math.min(10, Duration.between(rig.clock.now(), until).toMillis()));
            endFetches();
            rig.run();
            readReports();
        }
    }

    private String url() {
        return "http://h" + random.nextInt(2) + ".test/" + random.nextInt(URLS / 2);
    }

    private void submit() {
        sendBacklog();
        if (!backlog.isEmpty()) {
            return;
        }
        String url = url();
        int kind = random.nextInt(10);
        RefreshTask task = kind < 6
                ? Rig.with(RefreshTask.purge(url), random.nextInt(5) == 0 ? Verify.NONE : Verify.ALL)
                : RefreshTask.preload(url);
        long id = ++nextId;
        RefreshTask traced = task.withTenant("t" + random.nextInt(3)).withTrace("" + id);
        SentCommand command = new SentCommand(rig.command(id, traced), url, origin.getOrDefault(url, 0));
        sent.put(id, command);
        if (rig.engines.send(link, id, command.command)) {
            sent.values().stream()
                    .filter(earlier -> earlier != command
                            && command.isRefresh() != earlier.isRefresh()
                            && earlier.isRefresh()
                            && earlier.url.equals(url))
                    .filter(earlier -> !earlier.isClosed(rig.clock.now(), FENCE))
                    .forEach(command.earlier::add);
            unfinished.add(id);
        } else {
            sent.remove(id);
            nextId--;
        }
        forget();
    }

    /** Keeps the model small: what is finished and closed long ago cannot be violated any more. */
    private void forget() {
        if (sent.size() > 400) {
            sent.values()
                    .removeIf(command -> !unfinished.contains(command.id())
                            && command.isClosed(rig.clock.now(), FENCE)
                            && command.id() < nextId - 200);
        }
    }

    /** As an engine does: in sequence, some of what it has no final report of, or has and asks for once more. */
    private void sendAgain() {
        for (SentCommand command : List.copyOf(sent.values())) {
            if (!command.isAcknowledged
                    && random.nextInt(8) == 0
                    && backlog.isEmpty()
                    && rig.engines.send(link, command.id(), command.command)) {
                figures.merge("repeats", 1, Integer::sum);
            }
        }
    }

    private void reconnect() {
        rig.engines.lose(link);
        rig.run();
        if (random.nextInt(4) == 0) {
            epoch++;
            figures.merge("epochs", 1, Integer::sum);
        }
        figures.merge("links", 1, Integer::sum);
        rig.engines.isRefusing = false;
        link = rig.engines.connect(1, epoch);
        rig.run();
        // what the engine knows it does not ask for again, though its acknowledgement may be lost
        sent.values().forEach(command -> command.isAcknowledged |= command.finishedAt != null);
        backlog.clear();
        backlog.addAll(unfinished.stream().sorted().toList());
        sendBacklog();
    }

    private void acknowledge() {
        readReports();
        rig.engines.acknowledge(link);
        for (Report report : rig.engines.of(link)) {
            SentCommand command = sent.get(report.task().value());
            if (report.isFinal() && command != null) {
                command.isAcknowledged = true;
            }
        }
        rig.engines.of(link).clear();
        read.put(link, 0);
    }

    private void sendBacklog() {
        while (!backlog.isEmpty()) {
            SentCommand command = sent.get(backlog.element());
            if (command != null && !rig.engines.send(link, command.id(), command.command)) {
                return;
            }
            backlog.remove();
        }
    }

    private void fetch(String url) {
        if (cache.copies.containsKey(url)) {
            return;
        }
        Instant end = rig.clock.now().plusMillis(random.nextInt((int) FENCE.toMillis() - 10));
        fetches.add(new Fetch(url, origin.getOrDefault(url, 0), end));
    }

    private void endFetches() {
        fetches.removeIf(fetch -> {
            if (fetch.end.isAfter(rig.clock.now())) {
                return false;
            }
            cache.store(fetch.url, fetch.version);
            return true;
        });
    }

    private void readReports() {
        List<Report> reports = rig.engines.of(link);
        for (int i = read.getOrDefault(link, 0); i < reports.size(); i++) {
            onReport(reports.get(i));
        }
        read.put(link, reports.size());
    }

    private void onReport(Report report) {
        SentCommand command = sent.get(report.task().value());
        if (command == null) {
            return;
        }
        if (report.sequence() != command.id()) {
            violations.add("sequence " + report);
        }
        if (!report.isFinal()) {
            return;
        }
        unfinished.remove(command.id());
        if (command.finishedAt != null) {
            return;
        }
        command.finishedAt = rig.clock.now();
        if (report.outcome() == Outcome.VERIFIED) {
            figures.merge("verified", 1, Integer::sum);
            Integer held = cache.versions.get(command.url);
            if (held != null && held < command.version) {
                violations.add("verified with version " + held + " < " + command.version + ": " + report);
            }
        } else if (report.outcome() == Outcome.PRELOADED) {
            figures.merge("preloaded", 1, Integer::sum);
        } else if (report.outcome() == Outcome.STALE_AGAIN) {
            violations.add("honest cache called stale: " + report);
        }
    }

    /** Lets everything end; then nothing may be left. */
    private void drain() {
        rig.engines.isRefusing = false;
        cache.isKind = true;
        for (int round = 0; round < 400 && !unfinished.isEmpty(); round++) {
            backlog.addAll(unfinished.stream().sorted().toList());
            sendBacklog();
            for (int i = 0; i < 40; i++) {
                cache.answerOne();
                tick(10);
                acknowledge();
            }
        }
        if (!unfinished.isEmpty()) {
            violations.add("never reported: " + unfinished);
        }
    }

    private record Fetch(String url, int version, Instant end) {}

    /** Answers in any order, sometimes wrongly, and remembers which task each call was for by its trace. */
    private final class ModelCache
            implements io.cdnrefresh.spi.CacheServer, io.cdnrefresh.spi.CacheServer.PreloadCapable {
        private final Map<String, Instant> copies = new HashMap<>();
        private final Map<String, Integer> versions = new HashMap<>();
        private final List<Runnable> waiting = new ArrayList<>();
        private boolean isKind;

        void store(String url, int version) {
            copies.put(url, rig.clock.now());
            versions.put(url, version);
        }

        void answerOne() {
            if (!waiting.isEmpty()) {
                waiting.remove(random.nextInt(waiting.size())).run();
            }
        }

        private SentCommand find(PurgeRequest request) {
            return java.util.Objects.requireNonNull(sent.get(Long.parseLong(request.trace())), request.trace());
        }

        private boolean isFailing() {
            boolean fails = !isKind && random.nextInt(12) == 0;
            if (fails) {
                figures.merge("failures", 1, Integer::sum);
            }
            return fails;
        }

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            String url = request.target().wire();
            SentCommand command = find(request);
            check(command);
            waiting.add(() -> {
                boolean isDone = !isFailing() || random.nextBoolean();
                boolean wasPresent = isDone && copies.remove(url) != null;
                versions.keySet().retainAll(copies.keySet());
                if (isDone && (isKind || random.nextInt(12) != 0)) {
                    command.lastPurgedAt = rig.clock.now();
                    Duration fence = hasFence ? FENCE : Duration.ZERO;
                    listener.onResult(new CacheResult.Gone(rig.clock.now(), wasPresent, fence));
                } else {
                    listener.onResult(new CacheResult.Failed("model"));
                }
            });
        }

        private void check(SentCommand command) {
            if (command.finishedAt != null) {
                violations.add("purged after its final report: " + command.id());
            }
            for (SentCommand later : sent.values()) {
                if (later.id() > command.id() && later.hasBegun && later.earlier.contains(command)) {
                    violations.add("purge " + command.id() + " after preload " + later.id() + " began");
                }
            }
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            String url = request.target().wire();
            waiting.add(() -> {
                Instant storedAt = copies.get(url);
                if (isFailing()) {
                    listener.onResult(new ProbeResult.Failed("model"));
                } else if (storedAt == null) {
                    listener.onResult(ProbeResult.Absent.ONE);
                } else {
                    listener.onResult(new ProbeResult.Present(Instant.ofEpochSecond(storedAt.getEpochSecond())));
                }
            });
        }

        @Override
        public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
            String url = request.object().target().wire();
            SentCommand command = find(request.object());
            command.hasBegun = true;
            for (SentCommand earlier : command.earlier) {
                Instant purgedAt = earlier.lastPurgedAt;
                if (purgedAt == null || hasFence && purgedAt.plus(FENCE).isAfter(rig.clock.now())) {
                    violations.add("preload " + command.id() + " passes refresh " + earlier.id());
                }
            }
            int version = origin.getOrDefault(url, 0);
            boolean isHit = copies.containsKey(url);
            waiting.add(() -> {
                if (isFailing()) {
                    listener.onResult(new PreloadResult.Failed("model"));
                    return;
                }
                if (!isHit && !copies.containsKey(url)) {
                    store(url, version);
                }
                listener.onResult(new PreloadResult.Loaded(200, 1));
            });
        }

        @Override
        public void close() {}
    }
}
