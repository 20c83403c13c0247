// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** TLS from files. */
@NullMarked
package io.cdnrefresh.netty.tls;

import org.jspecify.annotations.NullMarked;
