// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** A small real cache and a small origin, so that everything can be tried on a bare machine. Not for production. */
@NullMarked
package io.cdnrefresh.netty.demo;

import org.jspecify.annotations.NullMarked;
