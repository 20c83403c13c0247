// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the server with raw sockets. */
@NullMarked
package io.cdnrefresh.netty.http;

import org.jspecify.annotations.NullMarked;
