// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the in-process parts. */
@NullMarked
package io.cdnrefresh.local;

import org.jspecify.annotations.NullMarked;
