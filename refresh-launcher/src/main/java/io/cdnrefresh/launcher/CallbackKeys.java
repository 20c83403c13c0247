// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.PEM;
import static io.cdnrefresh.launcher.KeyTypes.key;

import java.time.Duration;
import java.util.List;

/** The keys of webhooks: {@code callback.*}. */
final class CallbackKeys {
    static final List<ConfigKey> KEYS = List.of(
            key(
                    "callback.secret",
                    ValueType.webhookSecret(),
                    "\"\"",
                    "What signs webhooks of tenants without a secret of their own; empty = they are not signed."),
            key(
                    "callback.allow-networks",
                    ValueType.networks(),
                    "[]",
                    "Networks that are not public and to which webhooks may go all the same, as 10.1.0.0/16."),
            key(
                    "callback.timeout",
                    ValueType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    "\"15s\"",
                    "How long one try of a webhook may take in all."),
            key(
                    "callback.retry-for",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofDays(7)),
                    "\"24h\"",
                    "How long a webhook is tried before it is a dead letter."),
            key(
                    "callback.first-retry",
                    ValueType.duration(Duration.ofMillis(10), Duration.ofHours(1)),
                    "\"5s\"",
                    "The pause after the first failure; it doubles with each."),
            key(
                    "callback.longest-retry",
                    ValueType.duration(Duration.ofMillis(10), Duration.ofHours(24)),
                    "\"1h\"",
                    "The longest pause between two tries."),
            key(
                    "callback.per-host",
                    ValueType.number("1 .. 64", number -> number >= 1 && number <= 64),
                    "4",
                    "Tries under way to one receiver."),
            key("callback.tls-ca", PEM, "\"\"", "Whom to trust as a receiver over https; empty = whom Java trusts."));

    private CallbackKeys() {}
}
