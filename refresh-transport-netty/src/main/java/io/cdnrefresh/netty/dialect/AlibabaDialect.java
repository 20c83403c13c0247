// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.cache.SafePattern;
import io.cdnrefresh.netty.dialect.Exchange.Accepted;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.SharedCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Alibaba Cloud CDN 2018-05-10: {@code RefreshObjectCaches}, {@code PushObjectCache} and what is asked about them. Parameters
 * come in the query string or a form, signed by either method; answers are JSON.
 */
final class AlibabaDialect implements Dialect {
    static final String VERSION = "2018-05-10";
    private static final int MAX_PRELOAD = 1_024;

    private final AlibabaSignature signature;
    private final SignedUses uses;
    private final RetryKeys keys;
    private final AlibabaTasks tasks;

    AlibabaDialect(
            @Nullable UnaryOperator<String> secrets,
            @Nullable SharedCounters counters,
            RetryKeys keys,
            EngineClock clock) {
        this.signature = new AlibabaSignature(secrets, clock);
        this.uses = new SignedUses(counters, AlibabaSignature.MEMORY);
        this.keys = keys;
        this.tasks = new AlibabaTasks(clock);
    }

    @Override
    public boolean speaks(ApiRequest request) {
        return request.path().equals("/")
                && (request.method().equals("GET") || request.method().equals("POST"));
    }

    @Override
    public void onRequest(Exchange exchange) {
        ApiRequest request = exchange.request();
        SortedMap<String, String> query = new TreeMap<>();
        Percent.read(request.query(), query);
        SortedMap<String, String> all = new TreeMap<>(query);
        String type = request.header("Content-Type");
        if (type != null && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")) {
            Percent.read(new String(request.body(), UTF_8), all);
        }
        String action = all.getOrDefault("Action", or(request.header("x-acs-action")));
        String version = all.getOrDefault("Version", or(request.header("x-acs-version")));
        if (action.isEmpty()) {
            throw new Refusal(400, "MissingParameter", "The input parameter \"Action\" that is mandatory is missing.");
        }
        if (!version.equals(VERSION)) {
            throw new Refusal(400, "InvalidVersion", "Specified parameter Version is not valid.");
        }
        if (request.header("Authorization") != null && !action.equals(request.header("x-acs-action"))) {
            throw new Refusal(400, "InvalidParameter", "Action differs from the signed x-acs-action.");
        }
        AlibabaSignature.Proof proof = signature.proven(request, query, all);
        if (proof == null) {
            act(exchange, action, all);
            return;
        }
        exchange.prove(proof.keyId());
        exchange.then(uses.isFirst(proof.use()), isFirst -> {
            if (!isFirst) {
                throw AlibabaSignature.used();
            }
            act(exchange, action, all);
        });
    }

    private void act(Exchange exchange, String action, SortedMap<String, String> all) {
        switch (action) {
            case "RefreshObjectCaches" -> submit(exchange, refresh(all), "RefreshTaskId");
            case "PushObjectCache" -> submit(exchange, push(all), "PushTaskId");
            case "DescribeRefreshTasks" -> tasks.list(exchange, all);
            case "DescribeRefreshTaskById" -> tasks.byId(exchange, all);
            case "DescribeRefreshQuota" -> tasks.quota(exchange);
            default ->
                throw new Refusal(
                        404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.");
        }
    }

    private static String or(@Nullable String text) {
        return text == null ? "" : text;
    }

    private void submit(Exchange exchange, NativeTask task, String idField) {
        String attempt = exchange.header("x-acs-retry-attempts");
        boolean isRepeat = attempt != null && !attempt.equals("0");
        boolean mayRepeat = exchange.has("x-acs-signature-nonce") || exchange.has("x-acs-action");
        exchange.submit(task, mayRepeat ? keys : null, isRepeat, done -> {
            String ids = String.join(",", done.stream().map(Accepted::id).toList());
            exchange.answer(json(200, List.of(), json -> json.field(idField).value(ids)));
        });
    }

    private static NativeTask refresh(SortedMap<String, String> all) {
        List<String> paths = paths(all);
        String type = all.getOrDefault("ObjectType", "File");
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "file" -> new NativeTask("url").targets(paths);
            case "exquery" -> new NativeTask("url").targets(paths).ignoreQuery();
            case "directory" -> new NativeTask("prefix").targets(paths);
            case "regex" -> patterns(paths);
            default ->
                throw new Refusal(
                        400,
                        "InvalidObjectType.Malformed",
                        "The specified ObjectType is invalid: File, Directory, Regex or" + " ExQuery.");
        };
    }

    /** {@code http://host/…}: the host is a name, what follows it a pattern for the whole path. */
    private static NativeTask patterns(List<String> paths) {
        NativeTask task = new NativeTask("regex");
        for (String path : paths) {
            int authority = path.indexOf("://") + 3;
            int slash = authority < 3 ? -1 : path.indexOf('/', authority);
            if (slash < 0) {
                throw malformed(path, "http://host/pattern");
            }
            String pattern = path.substring(slash);
            String fault = SafePattern.fault('^' + pattern);
            if (!fault.isEmpty()) {
                throw malformed(path, fault);
            }
            task.pattern(Target.url(path.substring(0, slash)).host(), '^' + pattern);
        }
        return task;
    }

    private static Refusal malformed(String path, String expected) {
        String shown = path.length() > 128 ? path.substring(0, 128) : path;
        return new Refusal(
                400,
                "InvalidObjectPath.Malformed",
                "The specified ObjectPath is invalid: " + shown + " (expected: " + expected + ")");
    }

    private static NativeTask push(SortedMap<String, String> all) {
        List<String> paths = paths(all);
        for (String path : paths) {
            if (path.length() > MAX_PRELOAD) {
                throw malformed(path, "at most " + MAX_PRELOAD + " characters");
            }
        }
        String area = all.getOrDefault("Area", "domestic");
        if (!area.equals("domestic") && !area.equals("overseas")) {
            throw new Refusal(400, "InvalidArea.Malformed", "The specified Area is invalid: domestic or overseas.");
        }
        NativeTask task = new NativeTask("preload").targets(paths);
        String with = all.getOrDefault("WithHeader", "");
        return with.isEmpty() ? task : task.headers(headers(with));
    }

    /** {@code {"Accept-Encoding":["gzip"]}}, or with a text for a list. */
    private static List<String> headers(String json) {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Object> header :
                JsonTree.object(json.getBytes(UTF_8)).entrySet()) {
            Object value = header.getValue();
            List<Object> values = value instanceof String ? List.of(value) : JsonTree.asList(value);
            for (Object each : values) {
                lines.add(header.getKey() + ": " + JsonTree.asText(each));
            }
        }
        return lines;
    }

    private static List<String> paths(SortedMap<String, String> all) {
        List<String> paths = new ArrayList<>();
        all.getOrDefault("ObjectPath", "")
                .lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> paths.add(line.strip()));
        if (paths.isEmpty()) {
            throw new Refusal(
                    400, "MissingParameter", "The input parameter \"ObjectPath\" that is mandatory is missing.");
        }
        return paths;
    }

    /** An answer with its request id. */
    static ApiResponse json(int status, List<String> headers, Consumer<JsonWriter> members) {
        JsonWriter json = new JsonWriter(256).beginObject();
        json.field("RequestId").value(UUID.randomUUID().toString().toUpperCase(Locale.ROOT));
        members.accept(json);
        return new ApiResponse(
                status,
                "application/json;charset=utf-8",
                headers,
                json.endObject().toArray());
    }

    @Override
    public ApiResponse refused(ApiRequest request, Refusal refusal) {
        List<String> headers = new ArrayList<>(refusal.headers());
        if (refusal.retryAfterSeconds > 0) {
            headers.addAll(List.of("x-acs-retry-after", Integer.toString(refusal.retryAfterSeconds * 1_000)));
        }
        String host = request.header("Host");
        int status = switch (refusal.status) {
            case 401 -> 404; // an access key that nobody knows
            case 429 -> 503;
            default -> refusal.status;
        };
        return json(status, headers, json -> {
            json.field("HostId").value(host == null ? "" : host);
            json.field("Code").value(code(refusal));
            json.field("Message").value(refusal.status == 401 ? "Specified access key is not found." : refusal.detail);
        });
    }

    private static String code(Refusal refusal) {
        if (Character.isUpperCase(refusal.word.charAt(0))) {
            return refusal.word; // one of this vendor's already
        }
        return switch (refusal.status) {
            case 400, 413, 414 -> "InvalidParameter";
            case 401 -> "InvalidAccessKeyId.NotFound";
            case 403 -> "Forbidden.RAM";
            case 404 -> "InvalidTaskId.NotFound";
            case 409, 422 -> "OperationDenied";
            case 429 -> "Throttling";
            case 503 -> "ServiceUnavailable";
            default -> "InternalError";
        };
    }
}
