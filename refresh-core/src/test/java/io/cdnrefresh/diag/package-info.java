// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests. */
@NullMarked
package io.cdnrefresh.diag;

import org.jspecify.annotations.NullMarked;
