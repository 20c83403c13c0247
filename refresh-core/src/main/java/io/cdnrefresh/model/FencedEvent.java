// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * This engine was replaced: others have its tasks, and the store takes nothing from it any more. It answers 503 from now on;
 * who embeds it shuts it down and starts a new one.
 *
 * @param engine what it was
 */
public record FencedEvent(EngineEpoch engine) implements EngineEvent {}
