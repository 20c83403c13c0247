// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.diag.TaskTrace;
import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.CallbackAttempt;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackSender;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.CallbackStore.Claim;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.WebhookSecret;
import io.cdnrefresh.stats.StatsRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers webhooks: writes down those that are to be told, claims those that are due, whoever wrote them, posts them and
 * writes down what became of them. The store is the queue: what is here is only what is under way.
 *
 * <p>One thread, which waits for the store and for nothing else; the posts themselves are asynchronous. A receiver that
 * does not answer has {@code perHost} posts under way and nothing is claimed for it meanwhile, so it delays nobody else.
 */
final class Callbacks implements StageHandler<Callbacks.Event> {
    private static final Logger logger = LoggerFactory.getLogger(Callbacks.class);
    private static final int CAPACITY = 4_096;
    private static final int MAX_UNDER_WAY = 256;
    private static final int MAX_BATCH = 500;
    private static final int MAX_BUSY = 200;
    private static final int MAX_HOSTS = 1_000;
    private static final int FAILING = 5;
    private static final long POLL_NANOS = 1_000_000_000;
    private static final long COUNT_NANOS = 10_000_000_000L;
    /** A claim lasts so much longer than a post may. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int GONE = 410;

    private final CallbackStore store;
    private final CallbackSender sender;
    private final CallbackOptions options;
    private final EngineClock clock;
    private final AlertReporter alerts;
    private final StageQueue<Event> queue = new StageQueue<>("callback", CAPACITY, this);
    private final SplittableRandom random = new SplittableRandom();
    /** Offered and not written down. */
    private final AtomicInteger unwritten = new AtomicInteger();

    private final AtomicInteger underWay = new AtomicInteger();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder died = new LongAdder();
    private volatile long pending;
    private volatile long dead;
    private volatile boolean isStopping;
    /** Who posts, for traces. */
    private volatile String node = "";

    // confined to the stage's thread
    private final List<Add> adds = new ArrayList<>();
    private final List<CallbackRow> tried = new ArrayList<>();
    private final Map<String, Integer> busy = new HashMap<>();
    /** Failures in a row. */
    private final Map<String, Integer> failing = new HashMap<>();

    private boolean isMoreDue;
    private long polledNanos;
    private long countedNanos;

    Callbacks(EngineSetup.Webhooks webhooks, EngineClock clock, AlertReporter alerts) {
        store = webhooks.store();
        sender = webhooks.sender();
        options = webhooks.options();
        this.clock = clock;
        this.alerts = alerts;
        polledNanos = clock.nanos() - POLL_NANOS;
        countedNanos = clock.nanos() - COUNT_NANOS;
    }

    /** What the stage is asked to do. */
    sealed interface Event {}

    /** Webhooks to be written down; {@code written} runs once they are, on the stage's thread. */
    private record Add(List<CallbackRow> rows, Runnable written) implements Event {}

    /** A try has ended. */
    private record Tried(CallbackRow row, CallbackAttempt attempt, long retryAfterSeconds) implements Event {}

    /** Something is due now. */
    private record Look() implements Event {
        static final Look ONE = new Look();
    }

    StageQueue<Event> queue() {
        return queue;
    }

    CallbackStore store() {
        return store;
    }

    CallbackOptions options() {
        return options;
    }

    /** The engine has its number. */
    void serveAs(int engine) {
        node = "engine-" + engine;
    }

    /** Figures from the start on; how many wait and how many are dead is as the store had it some seconds ago. */
    void register(StatsRegistry stats) {
        stats.gauge("callbacks_pending", () -> pending);
        stats.gauge("callbacks_dead", () -> dead);
        stats.gauge("callbacks_under_way", underWay::get);
        stats.gauge("callbacks_delivered", delivered::sum);
        stats.gauge("callbacks_failed", failed::sum);
        stats.gauge("callbacks_given_up", died::sum);
    }

    /** Takes webhooks in; waits for room. Not for lanes and event loops. */
    void add(CallbackNote note, Runnable written) {
        List<CallbackRow> rows = rows(note);
        while (unwritten.get() >= CAPACITY && !isStopping) {
            LockSupport.parkNanos(1_000_000);
        }
        unwritten.incrementAndGet();
        queue.put(new Add(rows, written));
    }

    private List<CallbackRow> rows(CallbackNote note) {
        try {
            return note.rows(options.retryFor(), clock.now());
        } catch (IllegalArgumentException e) {
            // written by something that checks less than this version: nobody could post there
            logger.error(
                    "webhook can not be posted task={} cause={}",
                    note.progress().id(),
                    e.getMessage());
            return List.of();
        }
    }

    /** Looks at once for what is due. Never waits. */
    void look() {
        queue.offer(Look.ONE, 2 * MAX_UNDER_WAY);
    }

    @Override
    public void onEvent(Event event, boolean isEndOfBatch) {
        if (event instanceof Add add) {
            adds.add(add);
        } else if (event instanceof Tried done) {
            finish(done);
        } else {
            isMoreDue = true;
        }
        if (isEndOfBatch || adds.size() >= MAX_BATCH) {
            work();
        }
    }

    @Override
    public void onIdle() {
        work();
    }

    private void work() {
        try {
            writeAdds();
            writeTried();
            long now = clock.nanos();
            if (!isStopping && (isMoreDue || now - polledNanos >= POLL_NANOS)) {
                polledNanos = now;
                claim();
            }
            if (now - countedNanos >= COUNT_NANOS) {
                countedNanos = now;
                pending = store.count(State.PENDING);
                dead = store.count(State.DEAD);
            }
        } catch (StoreException e) {
            isMoreDue = false;
            logger.debug("webhooks wait for the store cause={}", e.getMessage());
        }
    }

    private void writeAdds() {
        while (!adds.isEmpty()) {
            List<Add> batch = adds.subList(0, Math.min(MAX_BATCH, adds.size()));
            write(batch);
            unwritten.addAndGet(-batch.size());
            batch.forEach(add -> add.written.run());
            batch.clear();
            isMoreDue = true;
        }
    }

    private void write(List<Add> batch) {
        List<CallbackRow> rows =
                batch.stream().flatMap(add -> add.rows.stream()).toList();
        try {
            store.add(rows);
        } catch (StoreException e) {
            if (e.category() != Category.PERMANENT) {
                throw e;
            }
            rows.forEach(this::writeAlone);
        }
    }

    /** One that can never be stored holds up nobody. */
    private void writeAlone(CallbackRow row) {
        try {
            store.add(List.of(row));
        } catch (StoreException e) {
            if (e.category() != Category.PERMANENT) {
                throw e;
            }
            logger.error("webhook can not be stored webhook={}", row, e);
            alerts.raise(Severity.ERROR, "callback-lost", row.webhookId(), "the store can not keep it");
        }
    }

    private void writeTried() {
        while (!tried.isEmpty()) {
            List<CallbackRow> batch = tried.subList(0, Math.min(MAX_BATCH, tried.size()));
            store.finish(batch);
            batch.clear();
        }
    }

    private void claim() {
        int room = MAX_UNDER_WAY - underWay.get();
        if (room <= 0) {
            isMoreDue = false;
            return;
        }
        Instant now = clock.now();
        int limit = Math.min(room, 64);
        List<CallbackRow> rows =
                store.claim(new Claim(now, options.timeout().plus(GRACE), limit, options.perHost(), busyHosts()));
        // a host that has its share now may have more of it; so look again until nothing comes
        isMoreDue = !rows.isEmpty();
        Map<String, List<String>> secrets = new HashMap<>();
        for (CallbackRow row : rows) {
            send(row, secrets.computeIfAbsent(row.tenant(), tenant -> secrets(tenant, now)));
        }
    }

    private Set<String> busyHosts() {
        Set<String> hosts = new HashSet<>();
        busy.forEach((host, count) -> {
            // one that fails all the time is tried one by one
            int most = failing.getOrDefault(host, 0) >= FAILING ? 1 : options.perHost();
            if (count >= most && hosts.size() < MAX_BUSY) {
                hosts.add(host);
            }
        });
        return hosts;
    }

    /** What signs for a tenant: its own, else the platform's. */
    private List<String> secrets(String tenant, Instant now) {
        List<String> own = valid(tenant, now);
        if (!own.isEmpty()) {
            return own;
        }
        List<String> platform = new ArrayList<>(tenant.isEmpty() ? List.of() : valid("", now));
        if (!options.secret().isEmpty()) {
            platform.add(options.secret());
        }
        return platform;
    }

    private List<String> valid(String tenant, Instant now) {
        return store.secrets(tenant).stream()
                .filter(secret -> secret.isValidAt(now))
                .map(WebhookSecret::value)
                .toList();
    }

    private void send(CallbackRow row, List<String> secrets) {
        Instant at = clock.now();
        long started = clock.nanos();
        busy.merge(row.host(), 1, Integer::sum);
        underWay.incrementAndGet();
        List<String> headers = WebhookSignature.headers(row.webhookId(), at, row.body(), secrets);
        if (!row.trace().isEmpty()) {
            headers.addAll(List.of("traceparent", row.trace()));
        }
        sender.send(new CallbackSender.Request(row.url(), headers, row.body()), reply -> {
            long millis = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - started);
            boolean isTaken = reply.status() >= 200 && reply.status() < 300;
            String error = isTaken ? "" : reply.error().isEmpty() ? "status " + reply.status() : reply.error();
            underWay.decrementAndGet();
            TaskTrace.calledBack(row.trace(), row.task(), node, row.webhookId(), reply.status(), millis);
            queue.offer(
                    new Tried(row, new CallbackAttempt(at, reply.status(), millis, error), reply.retryAfterSeconds()));
        });
    }

    private void finish(Tried done) {
        CallbackRow row = done.row;
        String host = row.host();
        busy.computeIfPresent(host, (h, count) -> count == 1 ? null : count - 1);
        isMoreDue = true;
        CallbackAttempt attempt = done.attempt;
        Instant now = clock.now();
        if (attempt.error().isEmpty()) {
            delivered.increment();
            failing.remove(host);
            tried.add(row.after(attempt, State.DELIVERED, now));
        } else if (attempt.status() == GONE) {
            failed.increment();
            logger.info("webhook is wanted no more webhook={} host={}", row.webhookId(), host);
            tried.add(row.after(attempt, State.GONE, now));
        } else {
            failed.increment();
            countFailure(host, attempt);
            tried.add(retry(row, attempt, now, done.retryAfterSeconds));
        }
    }

    private void countFailure(String host, CallbackAttempt attempt) {
        if (failing.size() >= MAX_HOSTS && !failing.containsKey(host)) {
            failing.clear(); // who still fails is known again after some more
        }
        int inARow = failing.merge(host, 1, Integer::sum);
        if (inARow % FAILING == 0) {
            alerts.raise(
                    Severity.WARN,
                    "callback-failing",
                    host,
                    inARow + " webhooks in a row were not taken, the last one for: " + attempt.error());
        }
    }

    private CallbackRow retry(CallbackRow row, CallbackAttempt attempt, Instant now, long retryAfterSeconds) {
        if (!now.isBefore(row.giveUpAt())) {
            died.increment();
            logger.warn(
                    "webhook given up webhook={} host={} attempts={}", row.webhookId(), row.host(), row.attempts() + 1);
            alerts.raise(Severity.ERROR, "callback-dead", row.host(), row.webhookId() + " was never taken");
            return row.after(attempt, State.DEAD, now);
        }
        long longest = options.longestRetry().toMillis();
        // doubled with each failure, and a fifth more or less, so that those of one outage do not come back together
        long pause = Math.min(longest, options.firstRetry().toMillis() << Math.min(20, row.attempts()));
        pause = pause * (80 + random.nextInt(41)) / 100;
        pause = Math.max(pause, Math.min(longest, retryAfterSeconds * 1_000));
        Instant next = now.plusMillis(pause);
        return row.after(attempt, State.PENDING, next.isBefore(row.giveUpAt()) ? next : row.giveUpAt());
    }

    /** Claims nothing more and lets go what is under way; what is left comes back when its claim ends. */
    int stop(Duration deadline) {
        isStopping = true;
        for (long left = deadline.toMillis() / 2; underWay.get() > 0 && left > 0; left--) {
            LockSupport.parkNanos(1_000_000);
        }
        return queue.stop(deadline.dividedBy(2)) + underWay.get();
    }
}
