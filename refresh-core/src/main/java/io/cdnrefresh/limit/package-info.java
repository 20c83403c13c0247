// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Limits that several engines share. Internal. */
@NullMarked
package io.cdnrefresh.limit;

import org.jspecify.annotations.NullMarked;
