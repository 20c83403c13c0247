// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For each broad purge, the objects that show whether it worked. A <em>witness</em> is an object that the driver itself
 * puts into the cache, just before the purge, where the purge must find it: below the prefix, on the host, matching the
 * pattern. Its name is never used twice. Thread-safe; remembers the last {@link #CAPACITY} purges.
 */
final class Witnesses {
    /** The most purges whose objects are remembered. */
    static final int CAPACITY = 1_024;

    private static final int MAX_OBJECTS = 8;

    private final String life = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    private final AtomicLong last = new AtomicLong();
    private final Map<String, List<PurgeRequest>> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<PurgeRequest>> eldest) {
            return size() > CAPACITY;
        }
    };

    /** Names a new witness of a purge; empty if none can be named that no other object has. */
    List<PurgeRequest> name(TaskKind kind, PurgeRequest request) {
        Target target = request.target();
        String name = "refreshwitness" + life + last.incrementAndGet();
        String path = switch (kind) {
            case PREFIX -> target.path() + name;
            case REGEX -> PatternExample.of(target.path(), name);
            default -> "/" + name;
        };
        if (path.isEmpty()) {
            return List.of();
        }
        String host = target.host();
        if (host.startsWith("*")) {
            host = name + host.substring(host.indexOf('.'));
        } else if (host.isEmpty()) {
            host = name + ".invalid";
        }
        return List.of(new PurgeRequest(new Target(target.scheme(), host, path), List.of(), request.trace()));
    }

    /** Real objects that the purge covers, whatever else it does. */
    static List<PurgeRequest> real(TaskKind kind, PurgeRequest request) {
        Target target = request.target();
        if (kind == TaskKind.PREFIX) {
            return List.of(request);
        }
        return kind == TaskKind.HOST && !target.host().startsWith("*")
                ? List.of(new PurgeRequest(new Target("", target.host(), "/"), List.of(), request.trace()))
                : List.of();
    }

    /** Remembers what the last purge of this target must have removed. */
    synchronized void put(TaskKind kind, PurgeRequest request, List<PurgeRequest> objects) {
        String key = key(kind, request);
        known.remove(key);
        known.put(key, objects);
    }

    /** Adds to it. */
    synchronized void add(TaskKind kind, PurgeRequest request, List<PurgeRequest> more) {
        List<PurgeRequest> objects = new ArrayList<>(more);
        objects.addAll(get(kind, request));
        put(kind, request, objects.stream().distinct().limit(MAX_OBJECTS).toList());
    }

    /** What was put; empty if nothing was, or too long ago. */
    synchronized List<PurgeRequest> get(TaskKind kind, PurgeRequest request) {
        return known.getOrDefault(key(kind, request), List.of());
    }

    private static String key(TaskKind kind, PurgeRequest request) {
        return kind + " " + request.target().wire();
    }
}
