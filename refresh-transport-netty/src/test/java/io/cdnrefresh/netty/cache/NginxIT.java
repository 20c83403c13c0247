// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

class NginxIT extends BroadCacheContract {
    @Override
    String driver() {
        return "nginx";
    }
}
