// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.Map;

/**
 * The last event of an engine's life: its stages have ended.
 *
 * @param leftUndone how many of what; nothing that is zero
 */
public record ExitEvent(Map<String, Integer> leftUndone) implements EngineEvent {
    /** Copies the map. */
    public ExitEvent {
        leftUndone = Map.copyOf(leftUndone);
    }
}
