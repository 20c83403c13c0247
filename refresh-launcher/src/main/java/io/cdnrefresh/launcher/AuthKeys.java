// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.key;

import java.util.List;

/** The keys of how callers are known: {@code auth.*}. */
final class AuthKeys {
    static final List<ConfigKey> KEYS = List.of(
            key(
                    "auth.insecure",
                    ValueType.bool(),
                    "false",
                    "Whether listeners may face the network although nobody needs a key."),
            key(
                    "auth.signing-secret",
                    ValueType.hidden(),
                    "\"\"",
                    "What signing secrets of keys and browser sessions are made from, the same on all engines; empty ="
                            + " keys have no signing secret, and a session holds on one engine."),
            key(
                    "auth.peer-secret",
                    ValueType.hidden(),
                    "\"\"",
                    "By which engines prove to each other for whom they pass a call on, the same on all engines;"
                            + " needed for sessions and signatures, which engines cannot pass on as they came."));

    private AuthKeys() {}
}
