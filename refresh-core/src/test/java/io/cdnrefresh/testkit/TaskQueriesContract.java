// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link TaskQueries} promises. Implementations extend it and pass it. */
public abstract class TaskQueriesContract extends StoreContract {
    private TaskStore store;
    private TaskQueries queries;
    private EngineEpoch engine;
    private TaskRows rows;

    /** The queries over what the store holds; by default the store itself. */
    protected TaskQueries queries(TaskStore of) {
        return (TaskQueries) of;
    }

    /** Makes a host a tenant's; by default through the store's own {@link RegistryStore}. */
    protected void giveHost(TaskStore of, String host, String tenant) {
        HostRule rule = new HostRule(host, tenant, List.of(), "", List.of(), List.of());
        ((RegistryStore) of).apply(List.of(new RegistryChange.HostPut(rule)));
    }

    @BeforeEach
    final void openStore() {
        store = open();
        queries = queries(store);
        engine = claim(store, 7);
        rows = TaskRows.of(engine);
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    @Test
    void find_unknownId_isEmpty() {
        assertThat(queries.find(new TaskId(1))).isEmpty();
    }

    @Test
    void find_taskWithEveryOption_givesItBack() {
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .labels(Map.of("release", "42", "wer", "日本 😀"))
                .notBefore(TaskRows.START.plusNanos(1))
                .after(new TaskId(5))
                .build();
        TaskRow row = rows.row(RefreshTask.purge("https://www.example.com/a")
                .withOptions(options)
                .withTenant("Zürich"));
        store.insert(engine, List.of(row));
        assertSame(row, queries.find(row.id()));
    }

    @Test
    void list_nothingStored_isEmpty() {
        assertThat(queries.list(TaskFilter.ANY, Long.MAX_VALUE, 10)).isEmpty();
    }

    @Test
    void list_pages_giveEveryTaskOnceNewestFirst() {
        List<TaskRow> batch = rows.rows(25);
        store.insert(engine, batch);
        List<TaskId> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        while (true) {
            List<TaskHead> page = queries.list(TaskFilter.ANY, before, 10);
            page.forEach(head -> seen.add(head.row().id()));
            if (page.size() < 10) {
                break;
            }
            before = page.get(9).row().id().value();
        }
        assertThat(seen)
                .containsExactlyElementsOf(batch.stream()
                        .map(TaskRow::id)
                        .sorted(Comparator.reverseOrder())
                        .toList());
    }

    @Test
    void list_taskOfManyTargets_givesTheFirstAndTheirNumber() {
        TaskRow row = rows.row(RefreshTask.purge("https://a.example/1", "https://b.example/2", "https://a.example/3"));
        TaskRow all = rows.row(RefreshTask.of(TaskKind.ALL, List.of()));
        store.insert(engine, List.of(row, all));
        List<TaskHead> heads = queries.list(TaskFilter.ANY, Long.MAX_VALUE, 10);
        assertThat(heads).extracting(TaskHead::targets).containsExactly(0, 3);
        assertThat(heads.get(0).row().task()).isEqualTo(all.task());
        assertThat(heads.get(1)).usingRecursiveComparison().isEqualTo(TaskHead.of(row));
        assertThat(heads.get(1).row().task().targets()).containsExactly(Target.url("https://a.example/1"));
        TaskHead explained = queries.explain(Target.url("https://b.example/2"), TaskFilter.ANY, 10)
                .get(1);
        assertThat(explained).usingRecursiveComparison().isEqualTo(TaskHead.of(row));
    }

    @Test
    void list_pagesWhileOthersInsert_giveEveryOlderTaskOnce() throws Exception {
        List<TaskRow> old = rows.rows(300);
        store.insert(engine, old);
        FutureTask<Boolean> inserts = inThread(() -> {
            for (int i = 0; i < 50; i++) {
                List<TaskRow> batch = rows.rows(5);
                untilAccepted(() -> store.insert(engine, batch));
            }
            return true;
        });
        List<TaskId> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        while (true) {
            List<TaskHead> page = queries.list(TaskFilter.ANY, before, 20);
            page.forEach(head -> seen.add(head.row().id()));
            if (page.size() < 20) {
                break;
            }
            before = page.get(19).row().id().value();
        }
        assertThat(inserts.get()).isTrue();
        assertThat(seen)
                .doesNotHaveDuplicates()
                .isSortedAccordingTo(Comparator.reverseOrder())
                .containsAll(old.stream().map(TaskRow::id).toList());
    }

    @Test
    void list_everyFilter_letsThroughWhatItSays() {
        TaskOptions labelled = TaskOptions.DEFAULTS.toBuilder()
                .labels(Map.of("release", "42", "site", "a"))
                .build();
        TaskOptions other =
                TaskOptions.DEFAULTS.toBuilder().labels(Map.of("release", "43")).build();
        TaskRow a = rows.row(
                RefreshTask.purge("https://a.example/1").withTenant("t1").withOptions(labelled));
        TaskRow b = rows.row(
                RefreshTask.purge("https://b.example/1", "https://a.example/2").withTenant("t2"));
        TaskRow c = rows.row(
                RefreshTask.purgePrefix("a.example:8443/x/").withTenant("t1").withOptions(other));
        TaskRow d = rows.row(RefreshTask.of(TaskKind.ALL, List.of()).withTenant("t1"));
        TaskRow e = rows.row(RefreshTask.preload("https://a.example/1").withTenant("t1 "));
        store.insert(engine, List.of(a, b, c, d, e));
        store.update(engine, List.of(rows.update(b, 2, TaskState.RUNNING), rows.update(c, 2, TaskState.DONE)));
        assertListed(filter(null, null, null, null), e, d, c, b, a);
        assertListed(filter("t1", null, null, null), d, c, a);
        assertListed(filter("t1 ", null, null, null), e);
        assertListed(filter("T1", null, null, null));
        assertListed(filter(null, TaskState.ACCEPTED, null, null), e, d, a);
        assertListed(filter(null, TaskState.DONE, null, null), c);
        assertListed(filter(null, null, TaskKind.URL, null), b, a);
        assertListed(filter(null, null, TaskKind.ALL, null), d);
        assertListed(filter(null, null, null, "a.example"), e, b, a);
        assertListed(filter(null, null, null, "a.example:8443"), c);
        assertListed(filter(null, null, null, ""));
        assertListed(new TaskFilter(null, null, null, null, "release", null, null), c, a);
        assertListed(new TaskFilter(null, null, null, null, "release", "42", null), a);
        assertListed(new TaskFilter(null, null, null, null, "release", "42 ", null));
        assertListed(new TaskFilter(null, null, null, null, "nothing", null, null));
        assertListed(new TaskFilter(null, null, null, null, null, "42", null), e, d, c, b, a);
        assertListed(new TaskFilter(null, null, null, null, null, null, d.acceptedAt()), e, d);
        Instant since = b.acceptedAt();
        assertListed(new TaskFilter("t2", TaskState.RUNNING, TaskKind.URL, "a.example", null, null, since), b);
        assertListed(new TaskFilter("t1", null, TaskKind.URL, "a.example", "site", "a", a.acceptedAt()), a);
        assertThat(queries.list(filter(null, null, null, "a.example"), b.id().value(), 1))
                .extracting(head -> head.row().id())
                .containsExactly(a.id());
    }

    @Test
    void explain_everyKind_findsWhatCoversTheUrl() {
        Target url = Target.url("https://www.example.com/shop/a%7Eb?x=1");
        TaskRow sameUrl =
                rows.row(RefreshTask.purge("https://other.example/", "HTTPS://WWW.Example.com:443/shop/a~b?x=1"));
        TaskRow preload = rows.row(RefreshTask.preload("https://www.example.com/shop/a~b?x=1"));
        TaskRow anyQuery = rows.row(ignoringQueries(RefreshTask.purge("https://www.example.com/shop/a~b?y=2")));
        TaskRow prefix = rows.row(RefreshTask.purgePrefix("https://www.example.com/shop/"));
        TaskRow anyScheme = rows.row(RefreshTask.purgePrefix("www.example.com/"));
        TaskRow regex = rows.row(of(TaskKind.REGEX, Target.regex("www.example.com", "^/shop/.*[?]x=[0-9]")));
        TaskRow tag = rows.row(of(TaskKind.TAG, Target.tag("www.example.com", "news")));
        TaskRow host = rows.row(of(TaskKind.HOST, Target.host("www.example.com")));
        TaskRow star = rows.row(of(TaskKind.HOST, Target.host("*.example.com")));
        TaskRow stars = rows.row(of(TaskKind.HOST, Target.host("**.com")));
        TaskRow all = rows.row(RefreshTask.of(TaskKind.ALL, List.of()).withTenant("shop"));
        TaskRow platform = rows.row(RefreshTask.of(TaskKind.ALL, List.of()));
        List<TaskRow> covering =
                List.of(sameUrl, preload, anyQuery, prefix, anyScheme, regex, tag, host, star, stars, all, platform);
        store.insert(engine, covering);
        store.insert(
                engine,
                List.of(
                        rows.row(RefreshTask.purge("https://www.example.com/shop/a~b?x=2")),
                        rows.row(RefreshTask.purge("http://www.example.com/shop/a~b?x=1")),
                        rows.row(RefreshTask.purge("https://example.com/shop/a~b?x=1")),
                        rows.row(ignoringQueries(RefreshTask.purge("https://www.example.com/shop/a"))),
                        rows.row(RefreshTask.purgePrefix("http://www.example.com/shop/")),
                        rows.row(RefreshTask.purgePrefix("https://www.example.com/sho/")),
                        rows.row(of(TaskKind.REGEX, Target.regex("www.example.com", "^shop"))),
                        rows.row(of(TaskKind.TAG, Target.tag("example.com", "news"))),
                        rows.row(of(TaskKind.HOST, Target.host("*.com"))),
                        rows.row(of(TaskKind.HOST, Target.host("*.www.example.com"))),
                        rows.row(of(TaskKind.HOST, Target.host("**.www.example.com"))),
                        rows.row(RefreshTask.of(TaskKind.ALL, List.of()).withTenant("press"))));
        giveHost(store, "*.example.com", "shop");
        giveHost(store, "example.com", "press");
        assertThat(queries.explain(url, TaskFilter.ANY, 1_000))
                .extracting(head -> head.row().id())
                .containsExactlyElementsOf(covering.stream()
                        .map(TaskRow::id)
                        .sorted(Comparator.reverseOrder())
                        .toList());
        assertThat(queries.explain(url, TaskFilter.ANY, 2))
                .extracting(head -> head.row().id())
                .containsExactly(platform.id(), all.id());
        assertThat(queries.explain(url, filter("shop", null, null, null), 10))
                .extracting(head -> head.row().id())
                .containsExactly(all.id());
        assertThat(queries.explain(url, filter(null, null, TaskKind.PREFIX, null), 10))
                .extracting(head -> head.row().id())
                .containsExactly(anyScheme.id(), prefix.id());
        assertThat(queries.explain(url, new TaskFilter(null, null, null, null, null, null, host.acceptedAt()), 10))
                .hasSize(5);
    }

    @Test
    void explain_rareTaskAmongManyOfItsHost_isFound() {
        TaskRow rare = rows.row(RefreshTask.purge("https://www.example.com/rare"));
        store.insert(engine, List.of(rare));
        store.insert(engine, rows.rows(5_000));
        store.insert(engine, rows.rows(5_000));
        assertThat(queries.explain(Target.url("https://www.example.com/rare"), TaskFilter.ANY, 10))
                .extracting(head -> head.row().id())
                .containsExactly(rare.id());
    }

    @Test
    void explain_retiredTask_isGone() {
        TaskRow row = rows.row(RefreshTask.purge("https://www.example.com/a", "https://b.example/"));
        store.insert(engine, List.of(row));
        store.update(engine, List.of(rows.update(row, 2, TaskState.DONE)));
        assertThat(store.retire(engine, TaskRows.START.plusSeconds(3_600), 10)).isEqualTo(1);
        assertThat(queries.explain(Target.url("https://b.example/"), TaskFilter.ANY, 10))
                .isEmpty();
        assertThat(queries.list(filter(null, null, null, "b.example"), Long.MAX_VALUE, 10))
                .isEmpty();
    }

    private void assertListed(TaskFilter filter, TaskRow... expected) {
        assertThat(queries.list(filter, Long.MAX_VALUE, 1_001))
                .as(filter.toString())
                .extracting(head -> head.row().id())
                .containsExactly(List.of(expected).stream().map(TaskRow::id).toArray(TaskId[]::new));
    }

    private static TaskFilter filter(
            @Nullable String tenant, @Nullable TaskState state, @Nullable TaskKind kind, @Nullable String host) {
        return new TaskFilter(tenant, state, kind, host, null, null, null);
    }

    private static RefreshTask of(TaskKind kind, Target target) {
        return RefreshTask.of(kind, List.of(target));
    }

    private static RefreshTask ignoringQueries(RefreshTask task) {
        return task.withOptions(
                TaskOptions.DEFAULTS.toBuilder().query(QueryRule.IGNORE).build());
    }
}
