// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The pooled HTTP/1.1 client of the process. */
@NullMarked
package io.cdnrefresh.netty.client;

import org.jspecify.annotations.NullMarked;
