// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * Something of the configuration that may change at run time has changed.
 *
 * @param pool whose number of threads
 * @param threads from now on; 0 = it stands still
 */
public record ConfigEvent(EnginePool pool, int threads) implements EngineEvent {}
