// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The HTTP/1.1 front of the API. */
@NullMarked
package io.cdnrefresh.netty.http;

import org.jspecify.annotations.NullMarked;
