// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the proxy protocol over HTTP. */
@NullMarked
package io.cdnrefresh.netty.poll;

import org.jspecify.annotations.NullMarked;
