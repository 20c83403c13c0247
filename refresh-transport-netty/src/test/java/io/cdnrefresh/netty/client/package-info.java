// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the client against raw sockets. */
@NullMarked
package io.cdnrefresh.netty.client;

import org.jspecify.annotations.NullMarked;
