// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Drivers of cache servers over HTTP: what each can do, and how, is in {@code docs/caches.md}. */
@NullMarked
package io.cdnrefresh.netty.cache;

import org.jspecify.annotations.NullMarked;
