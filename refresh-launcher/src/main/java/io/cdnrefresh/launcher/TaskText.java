// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shows the engine's documents to people. */
final class TaskText {
    private TaskText() {}

    /** A document, one member a line, nested ones with dotted names. */
    static void print(Map<String, @Nullable Object> document, PrintWriter out) {
        print("", document, out);
    }

    /** One line for a row of a list: the named members that it has. */
    static String line(Map<String, @Nullable Object> row, String... names) {
        StringBuilder out = new StringBuilder();
        for (String name : names) {
            Object value = row.get(name);
            if (value != null) {
                out.append(out.isEmpty() ? "" : "  ")
                        .append(value instanceof String ? value : name + "=" + Json.write(value));
            }
        }
        return out.toString();
    }

    private static void print(String prefix, Map<?, ?> document, PrintWriter out) {
        for (Map.Entry<?, ?> entry : document.entrySet()) {
            String name = prefix + entry.getKey();
            if (entry.getValue() instanceof Map<?, ?> inner) {
                print(name + ".", inner, out);
            } else {
                Object value = entry.getValue();
                out.println(name + ": " + (value instanceof String ? value : Json.write(value)));
            }
        }
    }
}
