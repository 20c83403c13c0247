// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.COUNT;
import static io.cdnrefresh.launcher.KeyTypes.LIMITS;
import static io.cdnrefresh.launcher.KeyTypes.key;
import static io.cdnrefresh.launcher.KeyTypes.live;

import java.time.Duration;
import java.util.List;

/** The keys of what may be submitted: {@code limit.*}. */
final class LimitKeys {
    static final List<ConfigKey> KEYS = List.of(
            live("limit.tenant", LIMITS, "\"\"", "What each tenant may submit, in targets times their weights."),
            live("limit.host", LIMITS, "\"\"", "What may be submitted for each host."),
            key(
                    "limit.hard",
                    ValueType.bool(),
                    "false",
                    "Never above a limit, at the price of refusals while engines have not agreed."),
            key(
                    "limit.sync",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(1)),
                    "\"5s\"",
                    "How often engines tell each other what they have counted."),
            live("limit.kind.url", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.prefix", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.regex", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.tag", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.host", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.all", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.kind.preload", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            live("limit.weight.url", COUNT, "1", "What one target of this kind costs."),
            live("limit.weight.prefix", COUNT, "10", "What one target of this kind costs."),
            live("limit.weight.regex", COUNT, "10", "What one target of this kind costs."),
            live("limit.weight.tag", COUNT, "10", "What one target of this kind costs."),
            live("limit.weight.host", COUNT, "100", "What one target of this kind costs."),
            live("limit.weight.all", COUNT, "1000", "What one target of this kind costs."),
            live("limit.weight.preload", COUNT, "1", "What one target of this kind costs."));

    private LimitKeys() {}
}
