// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cdnrefresh.netty.cache.SafePattern;
import io.cdnrefresh.netty.dialect.Exchange.Accepted;
import io.cdnrefresh.netty.dialect.Zones.Zone;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What clients of caches send to the caches themselves: {@code PURGE}, {@code BAN}, {@code PURGEKEYS} and {@code PURGETAGS}
 * of FOSHttpCache, Magento, WordPress, Drupal, curl; {@code GET /purge/…} of nginx-helper. Such a client expects that it is
 * done when it is answered, so the answer waits a little: 200 done, 202 accepted and not yet done, 502 some cache could not.
 */
final class PurgeDialect implements Dialect {
    private static final Set<String> METHODS = Set.of("PURGE", "BAN", "PURGEKEYS", "PURGETAGS");
    private static final List<String> TAG_LISTS = List.of("xkey", "xkey-purge", "xkey-softpurge", "Surrogate-Key");
    private static final List<String> TAG_PATTERNS = List.of(
            "X-Magento-Tags-Pattern",
            "X-Cache-Tags-Pattern",
            "X-Cache-Tags",
            "Cache-Tags",
            "Purge-Cache-Tags",
            "Cache-Tag");
    private static final List<String> URL_PATTERNS = List.of("X-Url", "X-Ban-Url", "X-Ban-Regex");
    private static final Set<String> EVERYTHING =
            Set.of("", ".*", ".", ".+", "^", "^/", "/", "/.*", "^/.*", "^.*$", "^/.*$");
    /** What a request is to be taken as, in the words of WordPress and of its vcaching. */
    private static final List<String> METHOD_HEADERS = List.of("X-Purge-Method", "X-VC-Purge-Method");

    private static final Set<String> METHOD_WORDS = Set.of("default", "exact", "soft", "regex", "ban-regex", "tags");
    /** They change what is meant, and are not read: passing over them would purge less than was asked, and say that it is done. */
    private static final List<String> NOT_READ = List.of("X-Ban-All", "X-Ban-Host", "X-Ban-Tags");

    private static final List<String> KEY_HEADERS = List.of("X-Purge-Key", "X-VC-Purge-Key", "X-Purge-Token");

    private final Zones zones;
    private final Duration wait;
    private final EngineClock clock;

    PurgeDialect(Zones zones, Duration wait, EngineClock clock) {
        this.zones = zones;
        this.wait = wait;
        this.clock = clock;
    }

    @Override
    public boolean speaks(ApiRequest request) {
        return METHODS.contains(request.method())
                || request.method().equals("GET") && request.path().startsWith("/purge/");
    }

    @Override
    public void onRequest(Exchange exchange) {
        exchange.authenticate(key(exchange));
        NativeTask task = task(exchange);
        long endNanos = clock.nanos() + wait.toNanos();
        exchange.submit(task, null, false, accepted -> await(exchange, accepted, 0, endNanos));
    }

    /** The key as Bearer, as the password of Basic, or in a header of one of the clients. */
    private static @Nullable String key(Exchange exchange) {
        String header = exchange.header("Authorization");
        if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return header.substring(7).strip();
        }
        if (header != null && header.regionMatches(true, 0, "Basic ", 0, 6)) {
            String pair =
                    new String(Base64.getDecoder().decode(header.substring(6).strip()), UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        }
        for (String name : KEY_HEADERS) {
            String key = exchange.header(name);
            if (key != null) {
                return key;
            }
        }
        return null;
    }

    private NativeTask task(Exchange exchange) {
        String method = exchange.request().method();
        Zone zone = zones.meantBy(exchange.header("Host"));
        String word = methodWord(exchange);
        refuseUnread(exchange);
        boolean isSoft = exchange.has("xkey-softpurge") || exchange.has("Fastly-Soft-Purge") || word.equals("soft");
        List<String> tags = tags(exchange);
        if (tags.equals(TagHeaders.ALL) || exchange.has("Clear-Cache")) {
            return new NativeTask("host").targets(zone.hosts()).soft(isSoft);
        }
        if (!tags.isEmpty()) {
            return new NativeTask("tag")
                    .targets(tags)
                    .hosts(zone.literalHosts())
                    .soft(isSoft);
        }
        if (method.equals("PURGEKEYS") || method.equals("PURGETAGS") || word.equals("tags")) {
            throw Refusal.invalid(
                    "no tags (expected: a header xkey-purge, xkey-softpurge, X-Cache-Tags or X-Cache-Tags-Pattern)");
        }
        if (method.equals("BAN") ? hasPattern(exchange) : exchange.has("X-Ban-Regex")) {
            return ban(exchange, zone).soft(isSoft);
        }
        if (word.equals("ban-regex")) {
            throw Refusal.invalid("no pattern (expected: a header X-Ban-Regex)");
        }
        if (word.equals("regex")) {
            return below(path(exchange), zone).soft(isSoft);
        }
        return urls(exchange, zone).soft(isSoft);
    }

    /** What the client says that its request is; empty if it says nothing. */
    private static String methodWord(Exchange exchange) {
        String word = "";
        for (String name : METHOD_HEADERS) {
            String header = exchange.header(name);
            String named = header == null ? "" : header.strip().toLowerCase(Locale.ROOT);
            if (!named.isEmpty() && !METHOD_WORDS.contains(named)) {
                throw Refusal.invalid(
                        name + ": " + shown(named) + " (expected: default | exact | soft | regex | ban-regex | tags)");
            }
            if (!named.isEmpty() && !word.isEmpty() && !named.equals(word)) {
                throw Refusal.invalid(name + ": " + named + " (expected: " + word + ", as the other header says)");
            }
            word = named.isEmpty() ? word : named;
        }
        return word;
    }

    private static void refuseUnread(Exchange exchange) {
        for (String name : NOT_READ) {
            if (exchange.has(name)) {
                throw Refusal.invalid(
                        name + ": not read here (expected: the site in Host, X-Ban-Regex or X-Cache-Tags)");
            }
        }
        String host = exchange.header("X-VC-Purge-Host");
        if (host != null
                && !host.strip()
                        .equalsIgnoreCase(
                                String.valueOf(exchange.header("Host")).strip())) {
            throw Refusal.invalid("X-VC-Purge-Host: another host than Host (expected: the same)");
        }
    }

    private static String shown(String value) {
        return value.length() <= 128 ? value : value.substring(0, 128);
    }

    private static List<String> tags(Exchange exchange) {
        List<String> tags = new ArrayList<>();
        for (String name : TAG_LISTS) {
            String header = exchange.header(name);
            if (header != null) {
                tags.addAll(TagHeaders.list(header));
            }
        }
        for (String name : TAG_PATTERNS) {
            String header = exchange.header(name);
            if (header != null) {
                List<String> named = TagHeaders.pattern(header);
                if (named.equals(TagHeaders.ALL)) {
                    return named;
                }
                tags.addAll(named);
            }
        }
        return tags;
    }

    private static boolean hasPattern(Exchange exchange) {
        return exchange.has("X-Host")
                || exchange.has("X-Content-Type")
                || URL_PATTERNS.stream().anyMatch(exchange::has);
    }

    private NativeTask ban(Exchange exchange, Zone zone) {
        String type = exchange.header("X-Content-Type");
        if (type != null && !EVERYTHING.contains(type)) {
            throw Refusal.invalid("X-Content-Type: caches are not asked by type here (expected: .*)");
        }
        String hostPattern = exchange.header("X-Host");
        List<String> named =
                hostPattern == null || EVERYTHING.contains(hostPattern) ? List.of() : TagHeaders.hosts(hostPattern);
        String pattern = "";
        for (String name : URL_PATTERNS) {
            String header = exchange.header(name);
            pattern = header == null ? pattern : header;
        }
        if (EVERYTHING.contains(pattern)) {
            return new NativeTask("host").targets(named.isEmpty() ? zone.hosts() : named);
        }
        return matching(pattern, named.isEmpty() ? zone.literalHosts() : named);
    }

    private static NativeTask matching(String pattern, List<String> hosts) {
        String fault = SafePattern.fault(pattern);
        if (!fault.isEmpty()) {
            throw Refusal.invalid("pattern: " + fault + " (expected: one that no cache can be harmed with)");
        }
        NativeTask task = new NativeTask("regex");
        hosts.forEach(host -> task.pattern(host, pattern));
        return task;
    }

    /** WordPress: a path that is followed by {@code .*} and means all below it. */
    private NativeTask below(String path, Zone zone) {
        if (!path.endsWith(".*")) {
            return matching(path, zone.literalHosts());
        }
        String start = path.substring(0, path.length() - 2);
        if (start.equals("/")) {
            return new NativeTask("host").targets(zone.hosts());
        }
        if (start.endsWith("/") && start.indexOf('?') < 0) {
            NativeTask task = new NativeTask("prefix");
            zone.literalHosts().forEach(host -> task.target(host + start));
            return task;
        }
        return matching('^' + SafePattern.quote(start), zone.literalHosts());
    }

    private static String path(Exchange exchange) {
        ApiRequest request = exchange.request();
        String path = request.method().equals("GET") ? request.path().substring("/purge".length()) : request.path();
        return request.query().isEmpty() ? path : path + '?' + request.query();
    }

    /** The URL with both schemes, since the request tells none, unless the client names it. */
    private NativeTask urls(Exchange exchange, Zone zone) {
        String host = exchange.header("Host");
        List<String> hosts = zones.isId(host) ? zone.literalHosts() : List.of(Zones.host(host));
        String scheme = exchange.header("X-Forwarded-Proto");
        String named = scheme == null ? "" : scheme.toLowerCase(Locale.ROOT);
        List<String> schemes =
                named.equals("http") || named.equals("https") ? List.of(named) : List.of("http", "https");
        NativeTask task = new NativeTask("url");
        for (String name : hosts) {
            schemes.forEach(each -> task.target(each + "://" + name + path(exchange)));
        }
        return task;
    }

    /** Waits for one task after the other, while there is time. */
    private void await(Exchange exchange, List<Accepted> accepted, int index, long endNanos) {
        if (index == accepted.size()) {
            exchange.answer(text(200, "Purged " + ids(accepted), List.of()));
            return;
        }
        long millis = Math.max(0, (endNanos - clock.nanos()) / 1_000_000);
        if (wait.isZero()) {
            exchange.answer(text(202, "Accepted " + ids(accepted), List.of()));
            return;
        }
        Accepted task = accepted.get(index);
        String until = task.task().isBroad() ? "applied" : "verified"; // the fence of a broad purge is 30 s
        exchange.ask(waitOf(task), "until=" + until + "&timeout=" + millis + "ms", reply -> {
            if (reply.status() == 200) {
                await(exchange, accepted, index + 1, endNanos);
            } else if (reply.status() == 409) {
                unproven(exchange, accepted, index, endNanos);
            } else {
                exchange.answer(text(202, "Accepted " + ids(accepted), List.of()));
            }
        });
    }

    /** Verified is out of reach: where a cache cannot be probed, that it said so is all there is. */
    private void unproven(Exchange exchange, List<Accepted> accepted, int index, long endNanos) {
        exchange.ask(waitOf(accepted.get(index)), "until=applied&timeout=0s", reply -> {
            if (reply.status() == 200) {
                await(exchange, accepted, index + 1, endNanos);
            } else {
                exchange.answer(text(502, "Not purged on every cache " + ids(accepted), List.of()));
            }
        });
    }

    private static String waitOf(Accepted task) {
        return "/v1/engine/task/" + task.id() + "/wait";
    }

    private static String ids(List<Accepted> accepted) {
        return String.join(",", accepted.stream().map(Accepted::id).toList());
    }

    @Override
    public ApiResponse refused(ApiRequest request, Refusal refusal) {
        List<String> headers = new ArrayList<>(refusal.headers());
        if (refusal.status == 401) {
            headers.addAll(List.of("WWW-Authenticate", "Basic realm=\"refresh\""));
        }
        return text(refusal.status, refusal.word + ": " + refusal.detail, headers);
    }

    private static ApiResponse text(int status, String line, List<String> headers) {
        return new ApiResponse(status, "text/plain; charset=utf-8", headers, (line + '\n').getBytes(UTF_8));
    }
}
