// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the small cache and the small origin. */
@NullMarked
package io.cdnrefresh.netty.demo;

import org.jspecify.annotations.NullMarked;
