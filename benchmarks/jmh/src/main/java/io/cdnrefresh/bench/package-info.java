// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** JMH benchmarks: one question a class. */
@NullMarked
package io.cdnrefresh.bench;

import org.jspecify.annotations.NullMarked;
