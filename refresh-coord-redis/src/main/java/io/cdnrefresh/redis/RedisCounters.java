// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.spi.SharedCounters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The counters as Redis has them: a hash a window, with a field for each engine's total of a key and one for the sum. */
final class RedisCounters implements SharedCounters {
    private static final int KEYS_A_CALL = 500; // a script of more would hold Redis for more than a millisecond

    private final Connection connection;
    private final String keyPrefix;

    RedisCounters(RedisLink link, String keyPrefix) {
        this.connection = link.bulk();
        this.keyPrefix = keyPrefix;
    }

    @Override
    public CompletionStage<Map<String, Long>> sync(
            String window, String engine, Map<String, Long> totals, int keepSeconds) {
        List<String> redisKeys = List.of(keyPrefix + ":{window/" + window + "}");
        List<String> keys = List.copyOf(totals.keySet());
        CompletionStage<Map<String, Long>> all = CompletableFuture.completedStage(new HashMap<>());
        for (int from = 0; from < keys.size(); from += KEYS_A_CALL) {
            List<String> some = keys.subList(from, Math.min(keys.size(), from + KEYS_A_CALL));
            List<String> args = new ArrayList<>();
            args.add(Integer.toString(keepSeconds));
            args.add(engine);
            for (String key : some) {
                args.add(key);
                args.add(String.valueOf(totals.get(key)));
            }
            CompletionStage<List<Object>> part = connection.run(Script.COUNT, redisKeys, args);
            all = all.thenCombine(part, (sums, reply) -> {
                for (int i = 0; i < some.size(); i++) {
                    sums.put(some.get(i), Long.parseLong(reply.get(i).toString()));
                }
                return sums;
            });
        }
        return all;
    }
}
