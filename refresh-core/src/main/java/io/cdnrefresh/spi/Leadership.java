// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;

/**
 * Who leads, as the store can check it. Immutable.
 *
 * @param engine the leader and its epoch
 * @param token what {@link SharedStore#nextToken} gave it when it was elected
 */
public record Leadership(EngineEpoch engine, long token) {}
