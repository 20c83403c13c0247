// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Coordination of several engines over Redis.
 *
 * <p>Embedders use {@link io.cdnrefresh.redis.RedisCoordinator}; everything else is internal.
 */
@NullMarked
package io.cdnrefresh.redis;

import org.jspecify.annotations.NullMarked;
