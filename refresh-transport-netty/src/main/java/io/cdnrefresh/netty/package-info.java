// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The event loops that everything over Netty shares. */
@NullMarked
package io.cdnrefresh.netty;

import org.jspecify.annotations.NullMarked;
