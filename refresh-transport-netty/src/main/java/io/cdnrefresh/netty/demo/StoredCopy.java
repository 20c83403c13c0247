// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One answer of an origin as the small cache keeps it: RFC 9111 for a shared cache, without heuristics. Immutable. */
final class StoredCopy {
    private static final Set<Integer> STORABLE = Set.of(200, 203, 204, 301, 308, 404, 410);
    private static final long OVERHEAD_BYTES = 512;

    private final HttpResponseStatus status;
    private final HttpHeaders headers;
    private final byte[] body;
    private final List<String> varyNames;
    private final List<String> varyValues;
    private final long storedNanos;
    private final long ageSecondsAtStore;
    private final long freshSeconds;

    private StoredCopy(
            FullHttpResponse response, List<String> varyNames, HttpHeaders request, long freshSeconds, long nowNanos) {
        this.status = response.status();
        this.headers = response.headers().copy();
        this.body = ByteBufUtil.getBytes(response.content());
        this.varyNames = varyNames;
        this.varyValues = selecting(varyNames, request);
        this.storedNanos = nowNanos;
        this.ageSecondsAtStore = Math.max(0, seconds(headers.get(HttpHeaderNames.AGE), 0));
        this.freshSeconds = freshSeconds;
    }

    /** The copy to keep, or null if a shared cache may not keep this answer or it is not fresh for any time. */
    static @Nullable StoredCopy of(FullHttpResponse response, HttpHeaders request, long nowNanos) {
        HttpHeaders headers = response.headers();
        List<String> vary = names(headers.getAll(HttpHeaderNames.VARY));
        List<String> control = names(headers.getAll(HttpHeaderNames.CACHE_CONTROL));
        boolean isPrivate = control.contains("no-store")
                || control.contains("no-cache")
                || control.contains("private")
                || headers.contains(HttpHeaderNames.SET_COOKIE)
                || request.contains(HttpHeaderNames.AUTHORIZATION);
        if (isPrivate
                || vary.contains("*")
                || !STORABLE.contains(response.status().code())) {
            return null;
        }
        long freshSeconds = freshSeconds(headers, control);
        StoredCopy copy = new StoredCopy(response, vary, request, freshSeconds, nowNanos);
        return copy.isFresh(nowNanos) ? copy : null;
    }

    boolean matches(HttpHeaders request) {
        return varyNames.isEmpty() || varyValues.equals(selecting(varyNames, request));
    }

    /** Whether this and the other copy answer the same requests, as far as this one's {@code Vary} tells. */
    boolean replaces(StoredCopy other) {
        return varyNames.equals(other.varyNames) && varyValues.equals(other.varyValues);
    }

    boolean isFresh(long nowNanos) {
        return ageSeconds(nowNanos) < freshSeconds;
    }

    long ageSeconds(long nowNanos) {
        return ageSecondsAtStore + TimeUnit.NANOSECONDS.toSeconds(nowNanos - storedNanos);
    }

    long sizeBytes() {
        long size = OVERHEAD_BYTES + body.length;
        for (Map.Entry<String, String> header : headers) {
            size += 64L + header.getKey().length() + header.getValue().length();
        }
        return size;
    }

    HttpResponseStatus status() {
        return status;
    }

    HttpHeaders headers() {
        return headers;
    }

    /** The array itself: not to be changed. */
    byte[] body() {
        return body;
    }

    private static List<String> selecting(List<String> names, HttpHeaders request) {
        List<String> values = new ArrayList<>(names.size());
        for (String name : names) {
            values.add(String.join(",", request.getAll(name)).trim());
        }
        return List.copyOf(values);
    }

    /** The members of a comma-separated header, in lower case. */
    static List<String> names(List<String> values) {
        List<String> names = new ArrayList<>(values.size());
        for (String value : values) {
            for (String member : value.split(",", -1)) {
                String name = member.trim().toLowerCase(Locale.ROOT);
                if (!name.isEmpty()) {
                    names.add(name);
                }
            }
        }
        return List.copyOf(names);
    }

    private static long freshSeconds(HttpHeaders headers, List<String> control) {
        for (String directive : List.of("s-maxage=", "max-age=")) {
            for (String member : control) {
                if (member.startsWith(directive)) {
                    return seconds(member.substring(directive.length()).replace("\"", ""), 0);
                }
            }
        }
        Long until = headers.getTimeMillis(HttpHeaderNames.EXPIRES);
        Long from = headers.getTimeMillis(HttpHeaderNames.DATE);
        return until == null || from == null ? 0 : TimeUnit.MILLISECONDS.toSeconds(until - from);
    }

    private static long seconds(@Nullable String text, long otherwise) {
        if (text == null || text.isEmpty() || text.length() > 10) {
            return otherwise;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return otherwise;
            }
        }
        return Long.parseLong(text);
    }
}
