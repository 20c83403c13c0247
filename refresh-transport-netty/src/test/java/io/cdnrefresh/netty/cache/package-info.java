// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Drivers against the small cache, scripted servers and the real four. */
@NullMarked
package io.cdnrefresh.netty.cache;

import org.jspecify.annotations.NullMarked;
