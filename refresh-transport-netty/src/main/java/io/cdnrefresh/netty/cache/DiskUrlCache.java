// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheServer;
import java.nio.file.Path;

/** A server whose cache folder is within reach, and that forgets there at once. */
class DiskUrlCache extends UrlCache implements CacheServer.DiskCapable {
    DiskUrlCache(CacheSettings settings, HttpClient client, CacheRules rules) {
        super(settings, client, rules);
    }

    @Override
    public final Path disk() {
        return Path.of(settings.folder());
    }
}
