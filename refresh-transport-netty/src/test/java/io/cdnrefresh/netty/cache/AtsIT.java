// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

class AtsIT extends RealCacheContract {
    @Override
    String driver() {
        return "ats";
    }

    /** Its PURGE mostly waits until fetches under way have ended; not always. */
    @Override
    protected boolean refills() {
        return false;
    }
}
