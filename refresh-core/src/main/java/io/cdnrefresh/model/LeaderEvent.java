// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * This engine has become the leader, or is it no longer.
 *
 * @param isLeader whether it is
 * @param token fences what the leader writes; 0 when it is not
 */
public record LeaderEvent(boolean isLeader, long token) implements EngineEvent {}
