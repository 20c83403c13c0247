// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The protocol between engine and proxy over HTTP and JSON: both ends, and an engine that speaks it beside RPC. */
@NullMarked
package io.cdnrefresh.netty.poll;

import org.jspecify.annotations.NullMarked;
