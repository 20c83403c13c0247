// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** A store with millions of tasks. */
@NullMarked
package io.cdnrefresh.goals.scale;

import org.jspecify.annotations.NullMarked;
