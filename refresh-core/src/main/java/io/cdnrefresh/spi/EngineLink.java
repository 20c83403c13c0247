// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;

/**
 * A proxy's live connection to one engine. Immutable; a reconnect makes another one.
 *
 * @param engine the engine and its epoch, as it named itself
 * @param address where it was reached
 * @param connection distinguishes the connections of one process
 */
public record EngineLink(EngineEpoch engine, String address, long connection) {}
