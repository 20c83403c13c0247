// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * A device has come, gone, or was moved to another state: how it is from now on.
 *
 * @param device its id
 * @param state its state in the registry
 * @param isConnected whether it has a link to this engine
 */
public record DeviceEvent(String device, DeviceState state, boolean isConnected) implements EngineEvent {}
