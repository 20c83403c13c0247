// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Real cache servers and plain HTTP for tests. */
@NullMarked
package io.cdnrefresh.netty.testkit;

import org.jspecify.annotations.NullMarked;
