// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command about one rule of what is not pushed. */
abstract class PauseRuleCommand extends ClientCommand {
    @Option(names = "--tenant", description = "Only of this tenant.")
    @Nullable
    String tenant;

    @Option(names = "--type", description = "Only of this type.")
    @Nullable
    String type;

    @Option(names = "--group", description = "Only to this group.")
    @Nullable
    String group;

    @Option(names = "--id", description = "Only this task.")
    @Nullable
    String id;

    final int send(String path) {
        Map<String, Object> rule = new LinkedHashMap<>();
        put(rule, "tenant", tenant);
        put(rule, "type", type);
        put(rule, "group", group);
        put(rule, "id", id);
        return print(options.client().send("POST", path, rule));
    }

    private static void put(Map<String, Object> rule, String name, @Nullable String value) {
        if (value != null) {
            rule.put(name, value);
        }
    }
}
