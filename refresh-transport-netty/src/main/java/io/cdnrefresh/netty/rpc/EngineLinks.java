// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineLink;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The open links of one proxy, one for each engine at most. Thread-safe.
 *
 * @param <L> what carries a link
 */
public final class EngineLinks<L> {
    private final Map<EngineEpoch, EngineLink> claims = new ConcurrentHashMap<>();
    private final Map<EngineLink, L> open = new ConcurrentHashMap<>();

    /** Creates an empty set. */
    public EngineLinks() {}

    /** Makes a link known; false if the engine has one already. */
    public boolean claim(EngineLink link, L carrier) {
        if (claims.putIfAbsent(link.engine(), link) != null) {
            return false;
        }
        open.put(link, carrier);
        return true;
    }

    /** Forgets a link. */
    public void release(EngineLink link, L carrier) {
        claims.remove(link.engine(), link);
        open.remove(link, carrier);
    }

    /** What carries the link; null if it is not open. */
    public @Nullable L get(EngineLink link) {
        return open.get(link);
    }

    /** What carries the open links, at this moment and later. */
    public Collection<L> all() {
        return open.values();
    }
}
