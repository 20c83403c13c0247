// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Load from outside: a generator, simulated devices, engines and references, each in a process of its own, and the goals
 * that are measured with them. See {@code benchmarks/README.md}.
 */
@NullMarked
package io.cdnrefresh.load;

import org.jspecify.annotations.NullMarked;
