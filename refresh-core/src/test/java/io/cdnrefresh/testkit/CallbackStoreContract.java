// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.CallbackAttempt;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.CallbackStore.Claim;
import io.cdnrefresh.spi.CallbackStore.Filter;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.WebhookSecret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link CallbackStore} promises. Implementations extend it and pass it. */
public abstract class CallbackStoreContract {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123Z");
    private static final Duration LEASE = Duration.ofSeconds(90);

    private TaskStore store;
    private CallbackStore callbacks;

    /** A new store with nothing in it; it is a {@link CallbackStore.Owner}. */
    protected abstract TaskStore openEmpty();

    @BeforeEach
    final void openIt() {
        store = openEmpty();
        callbacks = ((CallbackStore.Owner) store).callbacks();
    }

    @AfterEach
    final void closeIt() {
        store.close();
    }

    private static CallbackRow row(long task, String host) {
        return row(task, CallbackRow.FINAL, host);
    }

    private static CallbackRow row(long task, String event, String host) {
        byte[] body = ("{\"n\":" + task + ",\"text\":\"ü\\n'\"}").getBytes(StandardCharsets.UTF_8);
        String url = "https://" + host + "/hook?x=ü'" + task;
        return CallbackRow.pending(
                new TaskId(task),
                event,
                "t" + task % 2,
                new CallbackRow.Place(
                        host,
                        url,
                        "00-4bf92f3577b34da6a3ce929d0e0e473" + task % 10 + "-00f067aa0ba902b7-01",
                        body,
                        Duration.ofHours(24)),
                NOON);
    }

    private List<CallbackRow> claim(Instant now, int limit, int perHost, String... busy) {
        return callbacks.claim(new Claim(now, LEASE, limit, perHost, Set.of(busy)));
    }

    private List<CallbackRow> list(@Nullable Long task, @Nullable State state) {
        return callbacks.list(new Filter(task == null ? null : new TaskId(task), state, null, 100));
    }

    private static List<Long> ids(List<CallbackRow> rows) {
        return rows.stream().map(row -> row.task().value()).sorted().toList();
    }

    @Test
    void add_thenClaim_givesWhatWasAdded() {
        CallbackRow added = row(1, "a:443");
        callbacks.add(List.of(added));
        CallbackRow claimed = claim(NOON, 10, 4).get(0);
        assertThat(claimed.body()).isEqualTo(added.body());
        assertThat(claimed).usingRecursiveComparison().isEqualTo(added.claimedUntil(NOON.plus(LEASE)));
        assertThat(claimed.webhookId()).isEqualTo("msg_" + new TaskId(1) + "_final");
    }

    @Test
    void add_knownTaskAndEvent_changesNothing() {
        callbacks.add(List.of(row(1, "a:443")));
        CallbackRow claimed = claim(NOON, 10, 4).get(0);
        callbacks.finish(List.of(claimed.after(new CallbackAttempt(NOON, 200, 5, ""), State.DELIVERED, NOON)));
        callbacks.add(
                List.of(row(1, "b:443"), row(1, CallbackRow.SETTLED, "b:443"), row(1, CallbackRow.SETTLED, "c:1")));
        assertThat(list(1L, null))
                .extracting(CallbackRow::host, CallbackRow::state)
                .containsExactly(tuple("a:443", State.DELIVERED), tuple("b:443", State.PENDING));
    }

    @Test
    void claim_claimedByAnother_isGivenAgainOnlyAfterTheLease() {
        callbacks.add(List.of(row(1, "a:443")));
        assertThat(claim(NOON, 10, 4)).hasSize(1);
        assertThat(claim(NOON.plus(LEASE).minusMillis(1), 10, 4)).isEmpty();
        assertThat(claim(NOON.plus(LEASE), 10, 4)).hasSize(1);
    }

    @Test
    void claim_manyAtOnce_eachRowIsGivenOnce() throws Exception {
        List<CallbackRow> rows = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            rows.add(row(i, "h" + i + ":443"));
        }
        callbacks.add(rows);
        List<FutureTask<List<Long>>> claims = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Callable<List<Long>> all = () -> {
                List<Long> got = new ArrayList<>();
                for (List<Long> some = tryClaim(); !some.isEmpty(); some = tryClaim()) {
                    got.addAll(some);
                }
                return got;
            };
            claims.add(new FutureTask<>(all));
            new Thread(claims.get(i), "claimer-" + i).start();
        }
        List<Long> given = new ArrayList<>();
        for (FutureTask<List<Long>> each : claims) {
            given.addAll(each.get());
        }
        assertThat(given).doesNotHaveDuplicates();
    }

    /** Asks again when the server has chosen it as the victim of a deadlock: then nothing was claimed. */
    private List<Long> tryClaim() {
        while (true) {
            try {
                return ids(claim(NOON, 10, 4));
            } catch (StoreException e) {
                assertThat(e.category()).isEqualTo(Category.RETRYABLE);
            }
        }
    }

    @Test
    void claim_oneHostHasMany_othersHaveTheirs() {
        List<CallbackRow> rows = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            rows.add(row(i, "dead:443"));
        }
        rows.add(row(51, "b:443"));
        callbacks.add(rows);
        List<CallbackRow> first = claim(NOON, 10, 4);
        assertThat(first).filteredOn(row -> row.host().equals("dead:443")).hasSize(4);
        assertThat(claim(NOON, 10, 4, "dead:443", "b:443")).isEmpty();
        callbacks.add(List.of(row(52, "c:443")));
        assertThat(ids(claim(NOON, 10, 4, "dead:443"))).contains(52L).allMatch(id -> id > 50, "none of the busy host");
    }

    @Test
    void finish_pendingAgain_isDueThenWithItsHistory() {
        callbacks.add(List.of(row(1, "a:443")));
        CallbackRow claimed = claim(NOON, 10, 4).get(0);
        CallbackAttempt attempt = new CallbackAttempt(NOON, 0, 12, "refused\nby 'all'");
        Instant due = NOON.plusSeconds(5);
        callbacks.finish(List.of(claimed.after(attempt, State.PENDING, due)));
        assertThat(claim(due.minusMillis(1), 10, 4)).isEmpty();
        CallbackRow again = claim(due, 10, 4).get(0);
        assertThat(again.attempts()).isEqualTo(1);
        assertThat(again.history()).containsExactly(attempt);
        assertThat(again.webhookId()).isEqualTo(claimed.webhookId());
        assertThat(again.body()).isEqualTo(claimed.body());
    }

    @Test
    void finish_ended_isNeverDueAgainAndCounted() {
        callbacks.add(List.of(row(1, "a:443"), row(2, "a:443"), row(3, "a:443")));
        List<CallbackRow> claimed = claim(NOON, 10, 4);
        List<State> ends = List.of(State.DELIVERED, State.DEAD, State.GONE);
        List<CallbackRow> ended = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ended.add(claimed.get(i).after(new CallbackAttempt(NOON, 500, 1, "x"), ends.get(i), NOON));
        }
        callbacks.finish(ended);
        assertThat(claim(NOON.plus(LEASE.multipliedBy(2)), 10, 4)).isEmpty();
        assertThat(ends).allSatisfy(state -> assertThat(callbacks.count(state)).isEqualTo(1));
        assertThat(callbacks.count(State.PENDING)).isZero();
        assertThat(list(null, State.DEAD))
                .hasSize(1)
                .allSatisfy(row -> assertThat(row.body()).isEmpty());
        callbacks.finish(List.of(claimed.get(0).after(new CallbackAttempt(NOON, 500, 1, "late"), State.PENDING, NOON)));
        assertThat(callbacks.count(State.PENDING))
                .as("who comes late revives nothing")
                .isZero();
    }

    @Test
    void redeliver_ended_isDueAtOnce() {
        callbacks.add(List.of(row(1, "a:443"), row(1, CallbackRow.SETTLED, "a:443"), row(2, "a:443")));
        List<CallbackRow> done = claim(NOON, 10, 4).stream()
                .map(row -> row.after(new CallbackAttempt(NOON, 500, 1, "x"), State.DEAD, NOON))
                .toList();
        callbacks.finish(done);
        Instant later = NOON.plusSeconds(60);
        assertThat(callbacks.redeliver(new TaskId(1), later, later.plusSeconds(9)))
                .isEqualTo(2);
        assertThat(callbacks.redeliver(new TaskId(9), later, later)).isZero();
        assertThat(claim(later, 10, 4)).hasSize(2).allSatisfy(row -> {
            assertThat(row.task().value()).isEqualTo(1);
            assertThat(row.giveUpAt()).isEqualTo(later.plusSeconds(9));
            assertThat(row.attempts()).isEqualTo(1);
        });
    }

    @Test
    void list_byTenantAndState_isNewestFirst() {
        callbacks.add(List.of(row(1, "a:443"), row(2, "a:443"), row(3, "a:443")));
        assertThat(callbacks.list(new Filter(null, State.PENDING, "t1", 10)))
                .extracting(row -> row.task().value())
                .containsExactly(3L, 1L);
        assertThat(callbacks.list(new Filter(null, null, null, 2))).hasSize(2);
        assertThat(callbacks.list(new Filter(null, State.DEAD, null, 2))).isEmpty();
    }

    @Test
    void rotate_secondSecret_bothSignUntilTheOlderEnds() {
        WebhookSecret first = WebhookSecret.random("t", NOON);
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        WebhookSecret second = WebhookSecret.random("t", now);
        Instant end = now.plusSeconds(600);
        callbacks.rotate(first, NOON);
        callbacks.rotate(second, end);
        assertThat(callbacks.secrets("t")).containsExactly(second, first.endingBy(end));
        assertThat(callbacks.secrets("other")).isEmpty();
        WebhookSecret third = WebhookSecret.random("t", now.plusMillis(1));
        callbacks.rotate(third, now.plusMillis(1));
        assertThat(callbacks.secrets("t")).hasSize(3).last().returns(now.plusMillis(1), WebhookSecret::endsAt);
    }
}
