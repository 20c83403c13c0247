// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every key there is. Reading, checking, printing and the documentation all follow this one table. */
final class ConfigTable {
    static final List<ConfigKey> KEYS = Stream.of(
                    EngineKeys.KEYS,
                    StoreKeys.KEYS,
                    ProxyKeys.KEYS,
                    OperatorKeys.KEYS,
                    AuthKeys.KEYS,
                    CallbackKeys.KEYS,
                    LimitKeys.KEYS,
                    RecordKeys.KEYS,
                    AlertKeys.KEYS)
            .flatMap(List::stream)
            .toList();

    private ConfigTable() {}

    /** The key with a path; null if there is none. */
    static @Nullable ConfigKey find(String path) {
        for (ConfigKey key : KEYS) {
            if (key.path().equals(path)) {
                return key;
            }
        }
        return null;
    }
}
