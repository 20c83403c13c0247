// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The binary protocol between engine and proxy: docs/protocol.md. */
@NullMarked
package io.cdnrefresh.netty.rpc;

import org.jspecify.annotations.NullMarked;
