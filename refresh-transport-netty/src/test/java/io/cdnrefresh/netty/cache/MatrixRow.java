// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.netty.testkit.PlainHttp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * One row of the matrix: objects of two tenants, a task about the first one's, and what must be true afterwards. Hosts are
 * the row's own, so that all rows run at once. Not thread-safe.
 */
final class MatrixRow {
    private static final int OBJECTS = Integer.getInteger("refresh.matrix.objects", 200);
    private static final int URLS = Integer.getInteger("refresh.matrix.urls", 1_000);
    private static final String VERIFIED = "VERIFIED";

    private final String name;
    private final String tenant;
    private final List<Item> objects = new ArrayList<>();
    private final List<Item> kept = new ArrayList<>();
    private final Map<String, String> expected;
    private Function<String, List<RefreshTask>> tasks = host -> List.of();
    private UnaryOperator<String> spelling = host -> host;
    private boolean isUnderWay;
    private @Nullable CompletableFuture<PlainHttp.Reply> underWay;
    private final List<TaskHandle> handles = new ArrayList<>();
    private boolean isRefused;

    private MatrixRow(String name, String tenant, Map<String, String> expected) {
        this.name = name;
        this.tenant = tenant;
        this.expected = expected;
    }

    /** An object: its path, and the header that selects its variant. */
    private record Item(String path, String... headers) {}

    static List<MatrixRow> all() {
        Map<String, String> nowhere = refused("ats", "varnish", "nginx", "squid");
        Map<String, String> broad = refused("squid");
        Map<String, String> soft =
                Map.of("ats", "MARKED", "varnish", "MARKED", "nginx", "UNSUPPORTED", "squid", "UNSUPPORTED");
        List<MatrixRow> rows = new ArrayList<>();
        rows.add(row("URL", "url", Map.of()).has("/x.css?v=1").purges("/x.css?v=1"));
        rows.add(row("gzip and identity variants", "vary", Map.of())
                .has("/vary/x")
                .has("/vary/x", "Accept-Encoding: gzip")
                .purges("/vary/x"));
        rows.add(row("other spelling of the path, `~` for `%7E`, is another object", "tilde", Map.of())
                .has("/%7Ex")
                .keeps("/~x")
                .purges("/%7Ex"));
        rows.add(row("other order of the query is another object", "query", Map.of())
                .has("/x?b=2&a=1")
                .keeps("/x?a=1&b=2")
                .purges("/x?b=2&a=1"));
        rows.add(row("all forms by the host's `keyTemplate`", "forms", Map.of())
                .has("/~x?b&a")
                .has("/%7Ex?b&a")
                .has("/%7Ex?a&b")
                .has("/%7Ex/?b&a")
                .purges("/%7Ex?b&a"));
        rows.add(row("clients with an upper-case host", "upper", Map.of())
                .spelled(host -> host.toUpperCase(java.util.Locale.ROOT))
                .has("/x")
                .purges("/x"));
        rows.add(row("301", "moved", Map.of()).has("/moved/x").purges("/moved/x"));
        rows.add(row("range of a stored object", "range", Map.of())
                .has("/x")
                .has("/x", "Range: bytes=0-99")
                .purges("/x"));
        rows.add(row("slices: keys that cannot be listed", "slices", nowhere)
                .has("/x")
                .purges("/x"));
        rows.add(row("object of 8 MiB", "large", Map.of()).has("/large/x").purges("/large/x"));
        rows.add(row(count(URLS) + " URLs", "many", Map.of())
                .hasMany(URLS, "/m/")
                .does(host -> IntStream.range(0, URLS / 500)
                        .mapToObj(part -> RefreshTask.purge(IntStream.range(part * 500, part * 500 + 500)
                                .mapToObj(i -> "http://" + host + "/m/" + i)
                                .toArray(String[]::new)))
                        .toList()));
        rows.add(row("prefix", "prefix", broad)
                .has("/d/1")
                .has("/d/e/%7E2?q=1")
                .keeps("/e/1")
                .does(host -> List.of(RefreshTask.purgePrefix("http://" + host + "/d/"))));
        rows.add(row("prefix of " + count(OBJECTS) + " objects", "wide", broad)
                .hasMany(OBJECTS, "/d/")
                .does(host -> List.of(RefreshTask.purgePrefix("http://" + host + "/d/"))));
        rows.add(row("regex", "regex", broad)
                .has("/a/x.css?v=1")
                .keeps("/a/x.html")
                .does(host -> List.of(of(TaskKind.REGEX, Target.regex(host, "^/a/.*\\.css")))));
        rows.add(row("regex that is not safe for PCRE", "pcre", refused("ats", "varnish", "squid"))
                .has("/aaaa/x")
                .does(host -> List.of(of(TaskKind.REGEX, Target.regex(host, "^/(a+)+/x$")))));
        rows.add(row("tag", "tag", refused("ats", "nginx", "squid"))
                .has("/x?tag=one")
                .keeps("/y?tag=two")
                .does(host -> List.of(of(TaskKind.TAG, Target.tag(host, "one")))));
        rows.add(row("host", "host", broad).has("/x").does(host -> List.of(of(TaskKind.HOST, Target.host(host)))));
        rows.add(row("all of a tenant", "all", broad)
                .has("/x")
                .does(host -> List.of(RefreshTask.of(TaskKind.ALL, List.of()).withTenant("tenant-a"))));
        rows.add(row("URL, soft", "soft", soft)
                .has("/x")
                .does(host -> List.of(soft(RefreshTask.purge("http://" + host + "/x")))));
        rows.add(row("host, soft", "softhost", soft)
                .has("/x")
                .does(host -> List.of(soft(of(TaskKind.HOST, Target.host(host))))));
        rows.add(row("URL while its fetch is under way", "flight", Map.of())
                .under("/slow/x")
                .purges("/slow/x"));
        return rows;
    }

    private static RefreshTask of(TaskKind kind, Target target) {
        return RefreshTask.of(kind, List.of(target));
    }

    private static RefreshTask soft(RefreshTask task) {
        return task.withOptions(TaskOptions.DEFAULTS.toBuilder().mode(Mode.SOFT).build());
    }

    private static MatrixRow row(String name, String tenant, Map<String, String> expected) {
        return new MatrixRow(name, tenant, expected);
    }

    private static String count(int count) {
        return String.format(java.util.Locale.ROOT, "%,d", count);
    }

    private static Map<String, String> refused(String... drivers) {
        Map<String, String> map = new java.util.HashMap<>();
        List.of(drivers).forEach(driver -> map.put(driver, "UNSUPPORTED"));
        return map;
    }

    private MatrixRow has(String path, String... headers) {
        objects.add(new Item(path, headers));
        return this;
    }

    private MatrixRow hasMany(int count, String below) {
        IntStream.range(0, count).forEach(i -> has(below + i));
        return this;
    }

    private MatrixRow keeps(String path) {
        kept.add(new Item(path));
        return this;
    }

    private MatrixRow under(String path) {
        isUnderWay = true;
        return has(path);
    }

    private MatrixRow spelled(UnaryOperator<String> how) {
        spelling = how;
        return this;
    }

    private MatrixRow purges(String path) {
        return does(host -> List.of(RefreshTask.purge("http://" + host + path)));
    }

    private MatrixRow does(Function<String, List<RefreshTask>> what) {
        tasks = what;
        return this;
    }

    String name() {
        return name;
    }

    String expected(String driver) {
        return expected.getOrDefault(driver, VERIFIED);
    }

    private String host(String side) {
        return tenant + "-" + side + ".test";
    }

    void fill(MatrixNode node) {
        for (Item object : objects) {
            if (!isUnderWay) {
                node.get(spelling.apply(host("a")), object.path, object.headers);
            }
            node.get(host("b"), object.path, object.headers);
        }
        kept.forEach(object -> node.get(host("a"), object.path));
    }

    void submit(MatrixNode node) {
        if (isUnderWay) {
            String path = objects.get(0).path;
            long before = node.origin.hits(path);
            underWay = CompletableFuture.supplyAsync(() -> node.get(host("a"), path));
            Awaitility.await().until(() -> node.origin.hits(path) > before);
            node.origin.bump();
        }
        try {
            for (RefreshTask task : tasks.apply(host("a"))) {
                handles.add(node.submit(task));
            }
        } catch (RefreshException refused) {
            isRefused = String.valueOf(refused.getMessage()).contains("NotCapable");
        }
    }

    /** The outcome; or what is wrong with what clients get. */
    String result(MatrixNode node) {
        List<String> outcomes = handles.stream().map(node::end).distinct().toList();
        String outcome = isRefused ? "UNSUPPORTED" : String.join(", ", outcomes);
        if (underWay != null) {
            underWay.join();
        }
        for (Item object : objects) {
            if (outcome.equals("MARKED")) {
                node.get(host("a"), object.path); // may still be the old one, once
                Awaitility.await().until(() -> node.get(host("a"), object.path).version() == node.origin.version());
            }
            int version = node.get(spelling.apply(host("a")), object.path, object.headers)
                    .version();
            boolean isNew = version == node.origin.version();
            if (isNew == outcome.equals("UNSUPPORTED")) {
                return outcome + ", but " + object.path + " has version " + version;
            }
            if (node.get(host("b"), object.path, object.headers).version() == node.origin.version()) {
                return outcome + ", but the other tenant's " + object.path + " is gone";
            }
        }
        for (Item object : kept) {
            if (node.get(host("a"), object.path).version() == node.origin.version()) {
                return outcome + ", but " + object.path + " is gone";
            }
        }
        return outcome;
    }
}
