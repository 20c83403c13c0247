// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** A real Redis for tests. */
@NullMarked
package io.cdnrefresh.redis.testkit;

import org.jspecify.annotations.NullMarked;
