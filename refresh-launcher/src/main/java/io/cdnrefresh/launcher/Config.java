// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A checked configuration. Immutable. Keys that the table does not have are programming errors.
 *
 * @param values value by key, defaults included
 * @param caches the caches of the proxy
 * @param origins where the values that are no defaults come from, by key
 */
record Config(Map<String, Object> values, List<Cache> caches, Map<String, String> origins) {
    /**
     * One cache of the proxy.
     *
     * @param fence null = the driver's own
     * @param folder of nginx's cache; empty = none
     * @param rules Traffic Server's rule file; empty = none
     * @param reload the command that makes it read them; empty = none
     */
    record Cache(
            String name,
            String driver,
            String url,
            String layer,
            @Nullable Duration fence,
            String folder,
            String rules,
            String reload) {
        /** A cache whose files are out of reach. */
        Cache(String name, String driver, String url, String layer, @Nullable Duration fence) {
            this(name, driver, url, layer, fence, "", "", "");
        }
    }

    Config {
        values = Map.copyOf(values);
        caches = List.copyOf(caches);
        origins = Map.copyOf(origins);
    }

    /** This one, with some keys as they are in another. */
    Config with(Config other, List<String> keys) {
        Map<String, Object> merged = new HashMap<>(values);
        Map<String, String> from = new HashMap<>(origins);
        for (String key : keys) {
            merged.put(key, other.value(key));
            String origin = other.origins.get(key);
            if (origin == null) {
                from.remove(key);
            } else {
                from.put(key, origin);
            }
        }
        return new Config(merged, caches, from);
    }

    String text(String key) {
        return (String) value(key);
    }

    int number(String key) {
        return Math.toIntExact((Long) value(key));
    }

    long size(String key) {
        return (Long) value(key);
    }

    /** Of a share: 0 to 100. */
    int percent(String key) {
        return (Integer) value(key);
    }

    boolean flag(String key) {
        return (Boolean) value(key);
    }

    Duration time(String key) {
        return (Duration) value(key);
    }

    @SuppressWarnings("unchecked") // the table's type of such a key yields a list of text
    List<String> list(String key) {
        return (List<String>) value(key);
    }

    private Object value(String key) {
        return Objects.requireNonNull(values.get(key), key);
    }
}
