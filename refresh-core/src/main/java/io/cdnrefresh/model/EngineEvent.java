// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** Something that has happened to an engine. Immutable. */
public sealed interface EngineEvent
        permits DeviceEvent, LeaderEvent, MemberEvent, FencedEvent, ConfigEvent, EngineStateEvent, ExitEvent {}
