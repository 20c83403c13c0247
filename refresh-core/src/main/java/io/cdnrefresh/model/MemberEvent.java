// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * An engine has joined the others, this one included, or is seen no longer.
 *
 * @param engine which one
 * @param address host:port of its API; empty = it named none
 * @param hasJoined false: it has left, or its lease has run out
 */
public record MemberEvent(EngineEpoch engine, String address, boolean hasJoined) implements EngineEvent {}
