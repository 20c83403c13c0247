// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.List;

/** Which of a cache server's abilities a unit needs. Stateless. */
final class PurgeKinds {
    /** What stands for all hosts where there is no target. */
    static final PurgeRequest EVERYTHING = new PurgeRequest(new Target("", "", ""), List.of(), "");

    private PurgeKinds() {}

    /** Asks by what the unit's kind needs; what the server cannot do is unsupported. */
    static void purge(CacheServer server, Unit unit, boolean isSoft, CacheServer.Listener<CacheResult> listener) {
        PurgeRequest request = unit.purge();
        TaskKind kind = unit.kind();
        if (isSoft) {
            if (server instanceof CacheServer.SoftPurgeCapable soft) {
                soft.purgeSoft(kind, request == null ? EVERYTHING : request, listener);
            } else {
                listener.onResult(new CacheResult.Unsupported("no soft purge by " + kind.wireName()));
            }
        } else if (request == null) {
            if (server instanceof CacheServer.AllPurgeCapable all) {
                all.purgeAll(listener);
            } else {
                listener.onResult(new CacheResult.Unsupported("no purge of everything"));
            }
        } else if (kind == TaskKind.URL) {
            server.purge(request, listener);
        } else if (kind == TaskKind.PREFIX && server instanceof CacheServer.PrefixPurgeCapable prefix) {
            prefix.purgePrefix(request, listener);
        } else if (kind == TaskKind.REGEX && server instanceof CacheServer.RegexPurgeCapable regex) {
            regex.purgeRegex(request, listener);
        } else if (kind == TaskKind.TAG && server instanceof CacheServer.TagPurgeCapable tag) {
            tag.purgeTag(request, listener);
        } else if (kind == TaskKind.HOST && server instanceof CacheServer.HostPurgeCapable host) {
            host.purgeHost(request, listener);
        } else {
            listener.onResult(new CacheResult.Unsupported("no purge by " + kind.wireName()));
        }
    }
}
