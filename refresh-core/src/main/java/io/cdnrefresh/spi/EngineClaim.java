// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;

/**
 * A granted right to be an engine. Immutable.
 *
 * @param epoch id and epoch; every older epoch of the id is fenced from the moment of the grant
 * @param isRestart whether the id was used before, so that there may be tasks to recover
 */
public record EngineClaim(EngineEpoch epoch, boolean isRestart) {}
