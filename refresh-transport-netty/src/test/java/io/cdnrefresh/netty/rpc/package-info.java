// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the binary protocol. */
@NullMarked
package io.cdnrefresh.netty.rpc;

import org.jspecify.annotations.NullMarked;
