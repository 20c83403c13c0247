// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.netty.dialect.Exchange.Reply;
import io.cdnrefresh.spi.EngineClock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the vendor's API tells about tasks: a row for each URL, where the engine has one for each task. A row's status is its
 * task's. Thread-safe.
 */
final class AlibabaTasks {
    /** How far back is looked, and how many tasks are looked at. */
    private static final Duration HORIZON = Duration.ofDays(3);

    private static final int MAX_TASKS = 1_000;
    private static final int MAX_IDS = 10;
    private static final Map<String, String> TYPES =
            Map.of("url", "file", "prefix", "directory", "regex", "regex", "preload", "preload");
    private static final Map<String, String> ASKED = Map.of("file", "url", "directory", "prefix", "preload", "preload");
    private static final Set<String> STATUSES = Set.of("Complete", "Refreshing", "Failed", "Pending");
    private static final String UNLIMITED = "2147483647";

    private final EngineClock clock;

    AlibabaTasks(EngineClock clock) {
        this.clock = clock;
    }

    /** A row, before it is known whether it is shown. */
    private record Row(Map<String, Object> task, String path) {
        String status() {
            return switch (JsonTree.asText(task.get("state"))) {
                case "DONE" -> "Complete";
                case "PARTIAL", "FAILED", "CANCELLED" -> "Failed";
                case "RUNNING" -> "Refreshing";
                default -> "Pending";
            };
        }

        Instant acceptedAt() {
            return Instant.parse(JsonTree.asText(task.get("acceptedAt")));
        }

        /** How many of the devices are through with it. */
        String process() {
            Map<String, Object> devices = JsonTree.asMap(task.get("devices"));
            long total = JsonTree.asLong(devices.get("total"));
            long done = JsonTree.asLong(devices.get("done"));
            return total == 0 ? "0%" : done * 100 / total + "%";
        }

        void write(JsonWriter json) {
            json.beginObject();
            json.field("TaskId").value(JsonTree.asText(task.get("id")));
            json.field("ObjectPath").value(path);
            String type = JsonTree.asText(task.get("type"));
            json.field("ObjectType").value(TYPES.getOrDefault(type, type));
            json.field("Status").value(status());
            json.field("Process").value(process());
            json.field("CreationTime")
                    .value(acceptedAt().truncatedTo(ChronoUnit.SECONDS).toString());
            json.field("Description").value(status().equals("Failed") ? "InternalError" : "");
            json.endObject();
        }
    }

    /** What is asked for. */
    private record Wish(
            String path, String status, @Nullable Instant until, int page, int size) {
        boolean wants(Row row) {
            return (path.isEmpty() || path.equals(row.path))
                    && (status.isEmpty() || status.equals(row.status()))
                    && (until == null || !row.acceptedAt().isAfter(until));
        }
    }

    /** {@code DescribeRefreshTasks}. */
    void list(Exchange exchange, SortedMap<String, String> all) {
        String ids = all.getOrDefault("TaskId", "");
        Wish wish = new Wish(
                all.getOrDefault("ObjectPath", ""),
                all.getOrDefault("Status", ""),
                time(all, "EndTime"),
                number(all, "PageNumber", 1, 100_000),
                number(all, "PageSize", 20, 100));
        if (!wish.status.isEmpty() && !STATUSES.contains(wish.status)) {
            throw invalid("Status");
        }
        String type = all.getOrDefault("ObjectType", "");
        if (!type.isEmpty() && !ASKED.containsKey(type)) {
            throw invalid("ObjectType");
        }
        if (!ids.isEmpty()) {
            List<Map<String, Object>> tasks = new ArrayList<>();
            fetch(exchange, ids(ids), tasks, () -> answer(exchange, wish, rows(tasks)));
            return;
        }
        Instant since = time(all, "StartTime");
        Instant horizon = clock.now().minus(HORIZON);
        Instant from = since == null || since.isBefore(horizon) ? horizon : since;
        StringBuilder query = new StringBuilder("limit=" + MAX_TASKS + "&since=" + Percent.encode(from.toString()));
        if (!type.isEmpty()) {
            query.append("&type=").append(ASKED.get(type));
        }
        String domain = all.getOrDefault("DomainName", "");
        if (!domain.isEmpty()) {
            query.append("&host=").append(Percent.encode(domain));
        }
        exchange.ask("/v1/engine/task", query.toString(), reply -> {
            require(reply);
            List<Map<String, Object>> tasks = new ArrayList<>();
            for (Object task : JsonTree.asList(reply.body().get("tasks"))) {
                Map<String, Object> map = JsonTree.asMap(task);
                if (TYPES.containsKey(JsonTree.asText(map.get("type")))) {
                    tasks.add(map);
                }
            }
            expand(exchange, wish, tasks);
        });
    }

    /** Looks up the targets of tasks with more than one of them, as far as rows of theirs may be shown. */
    private void expand(Exchange exchange, Wish wish, List<Map<String, Object>> tasks) {
        int first = (wish.page - 1) * wish.size;
        int at = 0;
        List<String> ids = new ArrayList<>();
        for (Map<String, Object> task : tasks) {
            int rows = (int) JsonTree.asLong(task.get("targets"));
            boolean isShown = at < first + wish.size && at + rows > first;
            if (rows > 1 && (isShown || !wish.path.isEmpty())) {
                ids.add(JsonTree.asText(task.get("id")));
            }
            at += wish.wants(new Row(task, wish.path)) ? rows : 0;
        }
        List<Map<String, Object>> full = new ArrayList<>();
        fetch(exchange, ids, full, () -> {
            Map<String, Map<String, Object>> byId = new HashMap<>();
            full.forEach(task -> byId.put(JsonTree.asText(task.get("id")), task));
            List<Map<String, Object>> known = tasks.stream()
                    .map(task -> byId.getOrDefault(JsonTree.asText(task.get("id")), task))
                    .toList();
            answer(exchange, wish, rows(known));
        });
    }

    private static List<Row> rows(List<Map<String, Object>> tasks) {
        List<Row> rows = new ArrayList<>();
        for (Map<String, Object> task : tasks) {
            List<Object> targets =
                    JsonTree.asList(JsonTree.asMap(task.get("task")).get("targets"));
            if (targets.isEmpty()) {
                long count = JsonTree.asLong(task.get("targets"));
                String first = JsonTree.asText(task.get("first"));
                for (long i = 0; i < count; i++) {
                    rows.add(new Row(task, i == 0 ? first : "")); // off the page, or it would have been looked up
                }
            }
            for (Object target : targets) {
                Map<String, Object> pattern = JsonTree.asMap(target);
                String path = JsonTree.asText(pattern.get("host")) + JsonTree.asText(pattern.get("pattern"));
                rows.add(new Row(task, target instanceof String text ? text : path));
            }
        }
        return rows;
    }

    private static void answer(Exchange exchange, Wish wish, List<Row> rows) {
        List<Row> wanted = rows.stream().filter(wish::wants).toList();
        int from = Math.min(wanted.size(), (wish.page - 1) * wish.size);
        List<Row> shown = wanted.subList(from, Math.min(wanted.size(), from + wish.size));
        exchange.answer(AlibabaDialect.json(200, List.of(), json -> {
            json.field("PageNumber").value(wish.page);
            json.field("PageSize").value(wish.size);
            json.field("TotalCount").value(wanted.size());
            json.field("Tasks").beginObject().field("CDNTask").beginArray();
            shown.forEach(row -> row.write(json));
            json.endArray().endObject();
        }));
    }

    /** {@code DescribeRefreshTaskById}. */
    void byId(Exchange exchange, SortedMap<String, String> all) {
        String ids = all.getOrDefault("TaskId", "");
        if (ids.isEmpty()) {
            throw new Refusal(400, "MissingTaskId", "The input parameter \"TaskId\" that is mandatory is missing.");
        }
        List<Map<String, Object>> tasks = new ArrayList<>();
        fetch(exchange, ids(ids), tasks, () -> {
            List<Row> rows = rows(tasks);
            exchange.answer(AlibabaDialect.json(200, List.of(), json -> {
                json.field("TotalCount").value(rows.size());
                json.field("Tasks").beginArray();
                rows.forEach(row -> row.write(json));
                json.endArray();
            }));
        });
    }

    private static List<String> ids(String text) {
        List<String> ids = List.of(text.split(",", -1));
        if (ids.size() > MAX_IDS || !ids.stream().allMatch(id -> id.matches("[0-9]{1,19}"))) {
            throw invalid("TaskId");
        }
        return ids;
    }

    /** Fetches one task after the other; one that is not there is left out. */
    private void fetch(Exchange exchange, List<String> ids, List<Map<String, Object>> into, Runnable then) {
        fetch(exchange, ids, 0, into, then);
    }

    private void fetch(Exchange exchange, List<String> ids, int index, List<Map<String, Object>> into, Runnable then) {
        if (index == ids.size()) {
            then.run();
            return;
        }
        exchange.ask("/v1/engine/task/" + ids.get(index), "", reply -> {
            if (reply.status() == 200) {
                into.add(reply.body());
            } else if (reply.status() != 404 && reply.status() != 410) {
                throw reply.refusal();
            }
            fetch(exchange, ids, index + 1, into, then);
        });
    }

    /** {@code DescribeRefreshQuota}: the limits of the kinds, or a number that means none. */
    void quota(Exchange exchange) {
        exchange.ask("/v1/engine/quota", "", reply -> {
            require(reply);
            List<Object> limits = JsonTree.asList(reply.body().get("limits"));
            exchange.answer(AlibabaDialect.json(200, List.of(), json -> {
                Consumer<String[]> pair = names -> {
                    json.field(names[1] + "Quota").value(figure(limits, names[0], "limit"));
                    json.field(names[1] + "Remain").value(figure(limits, names[0], "left"));
                };
                pair.accept(new String[] {"kind-url", "Url"});
                pair.accept(new String[] {"kind-prefix", "Dir"});
                pair.accept(new String[] {"kind-regex", "Regex"});
                pair.accept(new String[] {"kind-preload", "Preload"});
                pair.accept(new String[] {"kind-preload", "PreloadEdge"});
                pair.accept(new String[] {"kind-url", "IgnoreParams"});
                json.field("BlockQuota").value("0");
                json.field("blockRemain").value("0");
                json.field("BlockRemain").value("0");
            }));
        });
    }

    /** Of the limit with the longest window; of the tenant's where the kind has none. */
    private static String figure(List<Object> limits, String subject, String name) {
        String found = "";
        long window = -1;
        for (String wanted : List.of(subject, "tenant")) {
            for (Object limit : limits) {
                Map<String, Object> map = JsonTree.asMap(limit);
                long seconds = JsonTree.asLong(map.get("windowSeconds"));
                if (found.isEmpty() || seconds > window) {
                    if (JsonTree.asText(map.get("of")).equals(wanted)) {
                        found = Long.toString(Math.max(0, JsonTree.asLong(map.get(name))));
                        window = seconds;
                    }
                }
            }
            if (!found.isEmpty()) {
                return found;
            }
        }
        return UNLIMITED;
    }

    private static void require(Reply reply) {
        if (reply.status() != 200) {
            throw reply.refusal();
        }
    }

    private static int number(SortedMap<String, String> all, String name, int fallback, int most) {
        String text = all.getOrDefault(name, "");
        if (text.isEmpty()) {
            return fallback;
        }
        int value = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
        if (value < 1 || value > most) {
            throw invalid(name);
        }
        return value;
    }

    private static @Nullable Instant time(SortedMap<String, String> all, String name) {
        String text = all.getOrDefault(name, "");
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException malformed) {
            throw invalid(name);
        }
    }

    private static Refusal invalid(String name) {
        return new Refusal(400, "InvalidParameter", "The specified " + name + " is invalid.");
    }
}
