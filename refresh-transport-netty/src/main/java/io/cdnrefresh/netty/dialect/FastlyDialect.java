// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.netty.dialect.Exchange.Accepted;
import io.cdnrefresh.netty.dialect.Zones.Zone;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fastly's purges: a URL by {@code PURGE} or {@code POST /purge/…}, and of a service one key, a batch of keys, or all. The
 * service's hosts are those of the zone with its id.
 */
final class FastlyDialect implements Dialect {
    private static final Pattern SERVICE = Pattern.compile("/service/([^/]{1,128})/(purge_all|purge(?:/(.+))?)");
    private static final String URL = "/purge/";
    private static final int MAX_KEYS = 256;
    private static final String SOFT = "Fastly-Soft-Purge";
    private static final Pattern LEFT = Pattern.compile(".*;r=([0-9]{1,18}).*");
    private static final Pattern RESET = Pattern.compile(".*;t=([0-9]{1,18}).*");

    private final Zones zones;
    private final boolean ownsPurge;
    private final EngineClock clock;

    /** With {@code ownsPurge} every PURGE is taken, else only one with a header of Fastly's. */
    FastlyDialect(Zones zones, boolean ownsPurge, EngineClock clock) {
        this.zones = zones;
        this.ownsPurge = ownsPurge;
        this.clock = clock;
    }

    @Override
    public boolean speaks(ApiRequest request) {
        if (request.method().equals("PURGE")) {
            return ownsPurge || request.header("Fastly-Key") != null || request.header(SOFT) != null;
        }
        String path = request.path();
        return path.startsWith("/service/")
                || path.startsWith(URL) && request.method().equals("POST");
    }

    @Override
    public void onRequest(Exchange exchange) {
        ApiRequest request = exchange.request();
        exchange.authenticate(exchange.header("Fastly-Key"));
        boolean isSoft = exchange.has(SOFT);
        if (request.method().equals("PURGE")) {
            String host = Zones.host(exchange.header("Host"));
            single(exchange, url(host + request.path() + query(request)).soft(isSoft));
            return;
        }
        if (!request.method().equals("POST")) {
            throw new Refusal(405, "method-not-allowed", "expected: POST");
        }
        if (request.path().startsWith(URL)) {
            single(exchange, url(cachedUrl(request)).soft(isSoft));
            return;
        }
        Matcher path = SERVICE.matcher(request.path());
        if (!path.matches()) {
            throw new Refusal(404, "not-found", "Cannot find " + request.path());
        }
        Zone zone = zones.require(path.group(1));
        if (path.group(2).equals("purge_all")) {
            NativeTask all = new NativeTask("host").targets(zone.hosts());
            exchange.submit(all, null, false, done -> exchange.answer(ok(null, done)));
        } else if (path.group(3) != null) {
            NativeTask one = new NativeTask("tag").target(Percent.decode(path.group(3)));
            single(exchange, one.hosts(zone.literalHosts()).soft(isSoft));
        } else {
            NativeTask batch = new NativeTask("tag").targets(keys(exchange));
            exchange.submit(
                    batch.hosts(zone.literalHosts()).soft(isSoft), null, false, done -> exchange.answer(batch(done)));
        }
    }

    private void single(Exchange exchange, NativeTask task) {
        exchange.submit(
                task, null, false, done -> exchange.answer(ok(done.get(0).id(), done)));
    }

    private static String query(ApiRequest request) {
        return request.query().isEmpty() ? "" : '?' + request.query();
    }

    /** What follows {@code /purge/}: as it stands, or as one encoded segment, which is decoded once. */
    private static String cachedUrl(ApiRequest request) {
        String rest = request.path().substring(URL.length());
        return rest.indexOf('/') < 0 ? Percent.decode(rest) + query(request) : rest + query(request);
    }

    /** A URL with its scheme, or with both if it names none. */
    private static NativeTask url(String text) {
        NativeTask task = new NativeTask("url");
        if (text.startsWith("http://") || text.startsWith("https://")) {
            return task.target(Target.url(text).wire());
        }
        return task.target("http://" + text).target("https://" + text);
    }

    /** The keys of a batch, of its body or of its header. */
    private static List<String> keys(Exchange exchange) {
        Set<String> keys = new LinkedHashSet<>();
        if (exchange.request().body().length > 0) {
            Object listed = JsonTree.object(exchange.request().body()).get("surrogate_keys");
            for (Object key : JsonTree.asList(listed)) {
                if (!(key instanceof String text)) {
                    throw Refusal.invalid("surrogate_keys: expected strings");
                }
                keys.add(text);
            }
        }
        String header = exchange.header("Surrogate-Key");
        if (keys.isEmpty() && header != null) {
            keys.addAll(TagHeaders.list(header));
        }
        if (keys.isEmpty()) {
            throw Refusal.invalid("No surrogate keys: expected {\"surrogate_keys\":[…]} or a header Surrogate-Key");
        }
        if (keys.size() > MAX_KEYS) {
            throw Refusal.invalid("Batch surrogate key request only supports up to " + MAX_KEYS + " surrogate keys");
        }
        return List.copyOf(keys);
    }

    private ApiResponse ok(@Nullable String id, List<Accepted> done) {
        return json(200, limits(done), json -> {
            json.field("status").value("ok");
            if (id != null) {
                json.field("id").value(id);
            }
        });
    }

    private ApiResponse batch(List<Accepted> done) {
        return json(200, limits(done), json -> {
            for (Accepted part : done) {
                part.task().texts().forEach(key -> json.field(key).value(part.id()));
            }
        });
    }

    /** What is left, as this client reads it: a number, and a time in seconds since 1970. */
    private List<String> limits(List<Accepted> done) {
        String limit = done.get(done.size() - 1).rateLimit();
        Matcher left = LEFT.matcher(limit == null ? "" : limit);
        Matcher reset = RESET.matcher(limit == null ? "" : limit);
        if (!left.matches() || !reset.matches()) {
            return List.of();
        }
        long at = clock.now().getEpochSecond() + Long.parseLong(reset.group(1));
        return List.of("Fastly-RateLimit-Remaining", left.group(1), "Fastly-RateLimit-Reset", Long.toString(at));
    }

    @Override
    public ApiResponse refused(ApiRequest request, Refusal refusal) {
        List<String> headers = new ArrayList<>(refusal.headers());
        if (refusal.status == 429) {
            long at = clock.now().getEpochSecond() + Math.max(1, refusal.retryAfterSeconds);
            headers.addAll(List.of("Fastly-RateLimit-Remaining", "0", "Fastly-RateLimit-Reset", Long.toString(at)));
        }
        return json(refusal.status, headers, json -> {
            json.field("status").value("fail");
            json.field("msg").value(title(refusal.status));
            json.field("reason").value(refusal.detail);
            json.field("detail").value(refusal.detail);
        });
    }

    private static String title(int status) {
        return switch (status) {
            case 401 -> "Provided credentials are missing or invalid";
            case 403 -> "You are not authorized to perform this action";
            case 404 -> "Record not found";
            case 405 -> "Method not allowed";
            case 429 -> "Rate limit exceeded";
            case 500, 503 -> "Service unavailable";
            default -> "Bad request";
        };
    }

    private static ApiResponse json(int status, List<String> headers, Consumer<JsonWriter> members) {
        JsonWriter json = new JsonWriter(192).beginObject();
        members.accept(json);
        return new ApiResponse(
                status, "application/json", headers, json.endObject().toArray());
    }
}
