// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the figures. */
@NullMarked
package io.cdnrefresh.stats;

import org.jspecify.annotations.NullMarked;
