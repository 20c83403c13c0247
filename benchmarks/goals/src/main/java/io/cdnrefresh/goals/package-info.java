// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Goals of performance: each a class with a main that measures ours against references in the same run. See
 * {@code benchmarks/README.md}.
 */
@NullMarked
package io.cdnrefresh.goals;

import org.jspecify.annotations.NullMarked;
