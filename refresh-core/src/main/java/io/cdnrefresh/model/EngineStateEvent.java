// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * The engine has entered another stage of its life.
 *
 * @param state where it stands now
 */
public record EngineStateEvent(EngineState state) implements EngineEvent {}
