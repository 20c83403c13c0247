// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The timing wheel. Internal. */
@NullMarked
package io.cdnrefresh.timer;

import org.jspecify.annotations.NullMarked;
