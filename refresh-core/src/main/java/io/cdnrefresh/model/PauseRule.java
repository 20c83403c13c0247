// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import org.jspecify.annotations.Nullable;

/**
 * Which tasks are not pushed for the time being. A null part asks nothing; with no part at all, every task. Immutable.
 *
 * @param tenant whose tasks
 * @param type of what kind
 * @param group on which devices
 * @param id which one
 */
public record PauseRule(
        @Nullable String tenant,
        @Nullable TaskKind type,
        @Nullable String group,
        @Nullable TaskId id) {
    /** Checks the names. */
    public PauseRule {
        if (tenant != null) {
            Device.requireName("tenant", tenant);
        }
        if (group != null) {
            Device.requireName("group", group);
        }
    }

    /** The rule as one line, {@code tenant=t type=url group=g id=5}; empty for every task. */
    public String text() {
        StringBuilder text = new StringBuilder();
        append(text, "tenant", tenant);
        append(text, "type", type == null ? null : type.wireName());
        append(text, "group", group);
        append(text, "id", id == null ? null : id.toString());
        return text.toString();
    }

    private static void append(StringBuilder text, String name, @Nullable String value) {
        if (value != null) {
            text.append(text.length() == 0 ? "" : " ").append(name).append('=').append(value);
        }
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws IllegalArgumentException if the text is no rule
     */
    public static PauseRule parse(String text) {
        String tenant = null;
        TaskKind type = null;
        String group = null;
        TaskId id = null;
        for (String part : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            String value = part.substring(part.indexOf('=') + 1);
            switch (part.substring(0, Math.max(0, part.indexOf('=')))) {
                case "tenant" -> tenant = value;
                case "type" -> type = TaskKind.parse("type", value);
                case "group" -> group = value;
                case "id" -> id = TaskId.parse(value);
                default ->
                    throw new IllegalArgumentException("pause: " + text + " (expected: tenant=, type=, group=, id=)");
            }
        }
        return new PauseRule(tenant, type, group, id);
    }
}
