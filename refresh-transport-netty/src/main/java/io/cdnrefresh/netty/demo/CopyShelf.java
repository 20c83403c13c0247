// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Copies by URL, all variants together, the least recently used URL first to go. Owned by the cache's thread. */
final class CopyShelf {
    private static final int MAX_VARIANTS = 32;

    private final long maxBytes;
    private final LinkedHashMap<String, List<StoredCopy>> copies = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    CopyShelf(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Nullable
    StoredCopy find(String key, HttpHeaders request, long nowNanos) {
        List<StoredCopy> variants = copies.get(key);
        if (variants == null) {
            return null;
        }
        for (StoredCopy copy : variants) {
            if (copy.isFresh(nowNanos) && copy.matches(request)) {
                return copy;
            }
        }
        return null;
    }

    void put(String key, StoredCopy copy) {
        List<StoredCopy> variants = copies.computeIfAbsent(key, k -> new ArrayList<>(1));
        for (Iterator<StoredCopy> i = variants.iterator(); i.hasNext(); ) {
            StoredCopy old = i.next();
            if (copy.replaces(old) || variants.size() >= MAX_VARIANTS) {
                bytes -= old.sizeBytes();
                i.remove();
            }
        }
        variants.add(copy);
        bytes += copy.sizeBytes();
        for (Iterator<Map.Entry<String, List<StoredCopy>>> i = copies.entrySet().iterator();
                bytes > maxBytes && i.hasNext(); ) {
            bytes -= size(i.next().getValue());
            i.remove();
        }
    }

    /** Removes all variants of a URL; false if there was none. */
    boolean remove(String key) {
        List<StoredCopy> variants = copies.remove(key);
        if (variants == null) {
            return false;
        }
        bytes -= size(variants);
        return true;
    }

    long bytes() {
        return bytes;
    }

    private static long size(List<StoredCopy> variants) {
        long size = 0;
        for (StoredCopy copy : variants) {
            size += copy.sizeBytes();
        }
        return size;
    }
}
